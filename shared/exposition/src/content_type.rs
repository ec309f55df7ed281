//! Which format a content type names.

use thiserror::Error;

/// The format of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's text format, 0.0.4 or 1.0.0.
    Text,
    /// OpenMetrics 1.0 text.
    OpenMetrics,
}

/// A content type that does not name one of the two formats.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContentTypeError {
    /// No header, or an empty one.
    #[error(
        "the page has no content type, and Prometheus 3 refuses to scrape it: \
         send `content-type: text/plain; version=0.0.4; charset=utf-8`"
    )]
    Missing,
    /// `text/plain` alone: it could be any text.
    #[error(
        "the content type `{0}` does not name the version of the format: \
         send `text/plain; version=0.0.4; charset=utf-8`"
    )]
    NoVersion(String),
    /// A version that Prometheus does not know.
    #[error(
        "the content type `{0}` names a version that does not exist: \
         send `text/plain; version=0.0.4; charset=utf-8`"
    )]
    UnknownVersion(String),
    /// Both formats are UTF-8.
    #[error("the content type `{0}` names another charset than UTF-8: say `charset=utf-8`, or leave it out")]
    NotUtf8(String),
    /// Something else, such as HTML or JSON.
    #[error(
        "the content type `{0}` is not a metrics format, and Prometheus 3 refuses to scrape it: \
         send `text/plain; version=0.0.4; charset=utf-8`"
    )]
    NotMetrics(String),
}

impl Format {
    /// Reads the value of a `content-type` header.
    pub(super) fn from_content_type(content_type: &str) -> Result<Self, ContentTypeError> {
        let mut parts = content_type.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let parameters: Vec<(String, String)> = parts.filter_map(parameter).collect();
        let version = find(&parameters, "version");
        if find(&parameters, "charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
            return Err(ContentTypeError::NotUtf8(content_type.to_owned()));
        }
        match (media_type.as_str(), version) {
            ("", _) => Err(ContentTypeError::Missing),
            ("text/plain", Some("0.0.4" | "1.0.0")) => Ok(Self::Text),
            ("text/plain", None) => Err(ContentTypeError::NoVersion(content_type.to_owned())),
            ("application/openmetrics-text", Some("0.0.1" | "1.0.0") | None) => Ok(Self::OpenMetrics),
            ("text/plain" | "application/openmetrics-text", Some(_)) => {
                Err(ContentTypeError::UnknownVersion(content_type.to_owned()))
            }
            _ => Err(ContentTypeError::NotMetrics(content_type.to_owned())),
        }
    }
}

fn parameter(part: &str) -> Option<(String, String)> {
    let (name, value) = part.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
