//! Runs the civil-status agency's procedures as a service of their own.

fn main() -> std::process::ExitCode {
    chassis::main(agency_civil_status::service())
}
