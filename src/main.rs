//! The binary: see `recant::cli`.

fn main() -> std::process::ExitCode {
    recant::cli::main(std::env::args_os())
}
