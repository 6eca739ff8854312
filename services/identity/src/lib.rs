//! Who is this person, how surely do we know it, and what may they do.
