//! The desk as a process of its own.

fn main() -> std::process::ExitCode {
    chassis::main(desk::service())
}
