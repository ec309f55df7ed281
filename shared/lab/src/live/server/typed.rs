//! What a browser asks about a family: hostile until it is read.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use url::form_urlencoded;

use crate::live::history::CAPACITY;
use crate::live::question::{Grouping, Question};

/// The most labels and filters.
const MOST: usize = 20;
/// How much of the past is drawn, if nothing is said.
const USUAL_WINDOW: u64 = 60;

/// A question that makes sense.
pub(super) struct Typed(pub(super) Question);

impl<S: Sync> FromRequestParts<S> for Typed {
    type Rejection = (StatusCode, String);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        read(query).map(Self).map_err(|problem| (StatusCode::UNPROCESSABLE_ENTITY, format!("{problem}\n")))
    }
}

fn read(query: &str) -> Result<Question, String> {
    let (mut family, mut window, mut sum) = (None, USUAL_WINDOW, false);
    let (mut by, mut filters) = (Vec::new(), Vec::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        match name.as_str() {
            "family" => family = Some(value),
            "window" => window = read_window(&value)?,
            "sum" => sum = value == "1",
            "by" => by.push(value),
            "filter" => filters.push(read_filter(&value)?),
            _ => return Err(format!("`{name}` is nothing that can be asked")),
        }
    }
    if by.len() + filters.len() > MOST {
        return Err(format!("at most {MOST} labels and filters, please"));
    }
    let grouping = match (sum, by.is_empty()) {
        (true, _) => Grouping::Sum,
        (false, true) => Grouping::Each,
        (false, false) => Grouping::By(by),
    };
    let family = family.ok_or("`family` is missing: the name of a metric")?;
    Ok(Question { family, window, grouping, filters })
}

fn read_window(value: &str) -> Result<u64, String> {
    let window = value.parse().ok().filter(|window| (1..=CAPACITY as u64).contains(window));
    window.ok_or_else(|| format!("`window` is a number of seconds from 1 to {CAPACITY}"))
}

fn read_filter(value: &str) -> Result<(String, String), String> {
    let filter = value.split_once('=').map(|(label, value)| (label.to_owned(), value.to_owned()));
    filter.ok_or_else(|| "`filter` is a label, `=`, and its value".to_owned())
}
