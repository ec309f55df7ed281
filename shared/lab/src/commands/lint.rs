//! `cargo lab lint`: whether Prometheus can read a page, and whether its names are good ones.

mod human;
mod json;

use clap::Args;

use crate::arguments::{Format, TypedUrl};
use crate::machine::any_page::Place;
use crate::machine::signals;
use crate::problem::{Exit, Result};

use crate::judge::findings::Findings;

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// The page: a URL such as http://localhost:8000/metrics, a file, or - for standard input
    #[arg(value_name = "URL|FILE|-")]
    pub page: TypedUrl,
    /// For whom the answer is
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Reads a page, and says what is wrong with it.
///
/// # Errors
///
/// When what was typed makes no sense, or there is nothing to read.
pub async fn run(typed: Typed) -> Result<Exit> {
    let place = Place::parse(&typed.page)?;
    let found = match &place {
        // Whoever waits for a server may give up.
        Place::Server(_) => tokio::select! {
            biased;
            _ = signals::stop() => return Ok(Exit::Interrupted),
            found = find(&place) => found,
        },
        Place::File(_) | Place::StandardInput => find(&place).await,
    };
    match typed.format {
        Format::Human => {
            let findings = found?;
            human::answer(&place, &findings);
            Ok(findings.exit())
        }
        Format::Json => Ok(json::answer(&place, found)),
    }
}

async fn find(place: &Place) -> Result<Findings> {
    Ok(Findings::of(&place.read().await?))
}
