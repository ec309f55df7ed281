//! The queries of a text can be read by Prometheus, and make none of the classic mistakes.

use lab::course::blocks;

use super::Text;
use crate::promql;

/// The language that a block of a query is marked with.
const LANGUAGE: &str = "promql";

/// What is wrong with the queries of a text.
pub fn faults(text: &Text) -> Vec<String> {
    let queries = blocks::of(&text.content, LANGUAGE);
    let faults = queries.iter().filter_map(|query| Some((query, promql::check(query).err()?)));
    faults.map(|(query, error)| format!("{}: {error}:\n{query}", text.path.display())).collect()
}
