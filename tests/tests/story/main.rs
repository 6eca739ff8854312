//! The main job as a test: one dossier from upload to handed-over result, on a Stage, as one process, and over the real
//! broker and database.

mod collector;
mod process;
mod stage;
