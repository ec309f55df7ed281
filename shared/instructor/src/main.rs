//! The instructor's subcommands of `cargo lab`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    instructor::main().await
}
