//! `cargo lab`, the command of the course.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lab::main().await
}
