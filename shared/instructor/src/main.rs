//! The instructor's subcommands of `cargo lab`.

use std::process::ExitCode;

fn main() -> ExitCode {
    instructor::main()
}
