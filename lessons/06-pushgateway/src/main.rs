//! The batch job that expires abandoned carts. Run it with `cargo run -p lesson-06-pushgateway -- --older-than 24h`.

use std::process::ExitCode;

use clap::Parser;
use lesson_06_pushgateway::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    lesson_06_pushgateway::run(&Arguments::parse()).await.into()
}
