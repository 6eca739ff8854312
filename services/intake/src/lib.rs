//! The citizen's side: catalogue, forms, drafts, submission, tracking.
