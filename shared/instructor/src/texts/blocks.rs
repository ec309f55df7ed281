//! The code blocks of a text are marked with their language, and can be read by whoever reads that.

use checks::exposition::{Page, ParseError};
use lab::course::blocks::{self, Block};

use super::Text;

/// The media type of the pages of metrics in a text.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4";

/// What is wrong with the code blocks of a text.
pub fn faults(text: &Text) -> Vec<String> {
    let blocks = blocks::all(&text.content);
    let faults = blocks.iter().filter_map(|block| Some((block, fault(block).err()?)));
    faults
        .map(|(Block { language, content }, why)| {
            format!("{}: a block of {language:?}: {why}\n{}", text.path.display(), content.trim_end())
        })
        .collect()
}

fn fault(Block { language, content }: &Block) -> Result<(), String> {
    match language.as_str() {
        "json" => parsed(serde_json::from_str::<serde_json::Value>(content)),
        "metrics" => page(content).map_err(|error| error.to_string()),
        "rust" => rust(content).map_err(|error| error.to_string()),
        "toml" => parsed(content.parse::<toml::Table>()),
        "yaml" => parsed(serde_saphyr::from_multiple::<serde_json::Value>(content)),
        // A shell and Prometheus read the first two: see `commands` and `queries`. PostgreSQL is given the third by a test.
        "sh" | "promql" | "sql" | "text" => Ok(()),
        "" => Err("says no language; `text` is one, too".to_owned()),
        _ => Err("is a language that nobody here reads".to_owned()),
    }
}

fn parsed<T, E: ToString>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn page(content: &str) -> Result<(), ParseError> {
    Page::parse(TEXT_FORMAT, content).map(drop)
}

/// A file, or what may stand in a function.
fn rust(content: &str) -> syn::Result<()> {
    if syn::parse_file(content).is_ok() {
        return Ok(());
    }
    syn::parse_str::<syn::Block>(&format!("{{{content}\n}}")).map(drop)
}
