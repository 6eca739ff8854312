fn main() -> std::process::ExitCode {
    scan::worker().unwrap_or_else(|| chassis::main(scan::service()))
}
