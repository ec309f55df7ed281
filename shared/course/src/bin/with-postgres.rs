//! Runs a command on a throw-away PostgreSQL, which is its `DATABASE_URL` and `LAB_POSTGRES_URL`.
//!
//! For the checks of a solution: `cargo run -p course -- cargo test -p solution-01-counter`

use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use checks::services::postgres::Postgres;
use lab::machine::cargo;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().context("give a command to run, such as `cargo test -p solution-01-counter`")?;
    let postgres = Postgres::start().await?;
    let mut command = Command::new(&program);
    command.args(arguments).env("DATABASE_URL", postgres.url()).env("LAB_POSTGRES_URL", postgres.url());
    cargo::forget_package(&mut command);
    let status = command.status().with_context(|| format!("cannot run {}", program.display()))?;
    // A command that was killed by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
