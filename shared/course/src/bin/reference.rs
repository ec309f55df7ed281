//! Writes the pages of the book that are generated: `cargo run -p course --bin reference`

use std::fs;

use anyhow::{Context, Result};
use course::reference::{commands, metrics};

#[tokio::main]
async fn main() -> Result<()> {
    write(commands::PATH, &commands::page()?)?;
    write(metrics::PATH, &metrics::page().await?)
}

fn write(path: &str, page: &str) -> Result<()> {
    fs::write(course::path(path), page).with_context(|| format!("cannot write {path}"))?;
    println!("{path} is written");
    Ok(())
}
