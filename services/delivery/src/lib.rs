//! Results: numbering, rendering, public check, hand-over.
