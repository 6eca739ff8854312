//! The process that the stage's scan service decodes in: a test's own program cannot be one.

fn main() -> std::process::ExitCode {
    scan::worker().unwrap_or(std::process::ExitCode::FAILURE)
}
