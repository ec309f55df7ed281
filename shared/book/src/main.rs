//! What mdBook starts for each build of the book: see the library.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use book::Context;
use serde_json::Value;

/// What somebody reads who starts it by hand.
const USAGE: &str = "mdBook starts this program. To see the book: cargo lab book";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the book cannot be made: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // mdBook asks first whether a format is supported: all are.
    if env::args().nth(1).is_some_and(|word| word == "supports") {
        return Ok(());
    }
    anyhow::ensure!(!io::stdin().is_terminal(), USAGE);
    let (context, mut book): (Context, Value) =
        serde_json::from_reader(io::stdin().lock()).context("this is not what mdBook says")?;
    book::prepare(&context, &mut book)?;
    serde_json::to_writer(io::stdout().lock(), &book)?;
    Ok(())
}
