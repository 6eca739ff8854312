//! Runs intake alone.

fn main() -> std::process::ExitCode {
    chassis::main(intake::service())
}
