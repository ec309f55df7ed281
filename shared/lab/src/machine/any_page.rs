//! A page of metrics from anywhere: a server, a file or standard input.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use checks::Failure;
use checks::exposition::ContentTypeError;
use checks::subject::served::{MAX_PAGE_BYTES, Served};
use url::Url;

use crate::arguments::TypedUrl;
use crate::problem::{Problem, Result};
use crate::screen::visible::visible;
use crate::screen::{progress_line, redacted};

/// Where most apps have their metrics.
const USUAL_PATH: &str = "Most apps have their metrics at `/metrics`: is the path right?";

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At a server.
    Server(Url),
    /// In a file.
    File(PathBuf),
    /// What another program writes.
    StandardInput,
}

impl Place {
    /// Makes sense of what was typed: a URL, the name of a file, or `-`.
    ///
    /// # Errors
    ///
    /// When it is a URL that no page can be read from. No more than host and port is repeated of it.
    pub fn parse(typed: &TypedUrl) -> Result<Self> {
        let text = typed.expose();
        if text == "-" {
            return Ok(Self::StandardInput);
        }
        if !text.contains("://") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        match Url::parse(text) {
            Ok(url) if url.scheme() == "http" && url.has_host() => Ok(Self::Server(url)),
            Ok(url) if url.scheme() == "https" => {
                let shown = redacted::url(&url);
                Err(Problem::usage(format!(
                    "{shown} wants an encrypted connection, and only plain http is spoken here"
                ))
                .advice(format!(
                    "Let curl read the page, and pass it on:\n  curl --silent {shown}/... | cargo lab lint -"
                )))
            }
            _ => Err(Problem::usage(format!("`{}` is no URL of a page", redacted::typed(text)))
                .advice("Name it in full, such as http://localhost:8000/metrics.")),
        }
    }

    /// Reads what is there. What takes longer than a second is told.
    ///
    /// # Errors
    ///
    /// When nothing can be read, or what comes is no page of metrics at all.
    pub async fn read(&self) -> Result<Served> {
        let served = match self {
            Self::Server(url) => progress_line::show(format!("reading {self}"), self.fetch(url)).await?,
            Self::File(path) => Served::from_file(read_file(path)?),
            Self::StandardInput => Served::from_file(
                read_to_limit(io::stdin().lock())
                    .map_err(|error| Problem::new(format!("standard input cannot be read: {error}")))?,
            ),
        };
        match self.no_page(&served) {
            Some(problem) => Err(problem),
            None => Ok(served),
        }
    }

    async fn fetch(&self, url: &Url) -> Result<Served> {
        Served::at(url, &self.to_string()).await.map_err(|failure| {
            let Failure { seen, mistake, .. } = *failure;
            Problem::new(format!("no page comes from {self}")).quoting(visible(&seen.join("\n"))).advice(mistake)
        })
    }

    /// Why what came is something else than a page, if it is.
    fn no_page(&self, served: &Served) -> Option<Problem> {
        let text = served.text().trim_start();
        if text.is_empty() {
            return Some(Problem::new(format!("{self} is empty: there is no page to look at")));
        }
        let advice = if matches!(self, Self::Server(_)) { USUAL_PATH } else { "Save the page of metrics itself." };
        // No line of a page begins like this.
        if text.starts_with('<') {
            return Some(
                Problem::new(format!("{self} is a web page (HTML) or XML, and no page of metrics")).advice(advice),
            );
        }
        match served.wrong_content_type() {
            Some(ContentTypeError::NotMetrics(content_type)) if served.page().is_err() => {
                let content_type = visible(&content_type);
                Some(
                    Problem::new(format!("{self} answers with `{content_type}`, and that is no page of metrics"))
                        .advice(advice),
                )
            }
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(url) => formatter.write_str(&redacted::url(url)),
            Self::File(path) => formatter.write_str(&visible(&path.display().to_string())),
            Self::StandardInput => formatter.write_str("standard input"),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let shown = redacted::typed(&visible(&path.display().to_string()));
    if path.is_dir() {
        return Err(Problem::new(format!("{shown} is a folder")).advice("Name the file in it that holds the page."));
    }
    let bytes = File::open(path).and_then(read_to_limit);
    bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::new(format!("there is no file `{shown}`"))
            .advice("If you mean a server, begin with http://, such as http://localhost:8000/metrics."),
        _ => Problem::new(format!("{shown} cannot be read: {error}")),
    })
}

/// One byte more than a page may have shows that there are too many.
fn read_to_limit(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_PAGE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
