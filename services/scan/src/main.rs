fn main() -> std::process::ExitCode {
    chassis::main(scan::service())
}
