//! A page from anywhere: from a server at a URL, or from a file.

use std::time::Duration;

use exposition::{ContentTypeError, InvalidLine, Page, ParseError};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, Url};

use super::app::exchange;
use super::explain;
use super::scrape::{self, Flaw, Scrape};
use crate::outcome::Failure;

pub use super::scrape::MAX_PAGE_BYTES;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long a server may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What came, before it is judged.
#[derive(Debug, Clone)]
pub struct Served {
    /// The header of the server; none for a file.
    content_type: Option<String>,
    text: String,
    flaw: Option<Flaw>,
}

/// Why nothing came that could be a page.
#[derive(Debug, Clone)]
pub enum NoPage {
    /// There is no answer, or it breaks off.
    NoAnswer(Box<Failure>),
    /// The answer has another status than 200.
    Status(u16, Box<Failure>),
}

/// Why Prometheus could not read it.
#[derive(Debug, Clone)]
pub enum Unreadable {
    /// They cannot be unpacked, or there are too many of them.
    Bytes(Box<Failure>),
    /// They are no text in this line, from 1.
    NotUtf8(usize, String, Box<Failure>),
    /// A line breaks a rule of the format.
    Line(InvalidLine, Box<Failure>),
}

impl Served {
    /// Asks for a page as Prometheus 3 does. `shown` stands for the URL in an explanation.
    ///
    /// # Errors
    ///
    /// When there is no answer with status 200.
    pub async fn at(url: &Url, shown: &str) -> Result<Self, Box<Failure>> {
        let client = Client::builder().no_proxy().timeout(TIMEOUT).redirect(Policy::custom(follow)).build();
        let client = client.map_err(|error| Box::new(Failure::change(error.to_string())))?;
        Self::through(&client, url, shown).await.map_err(|no_page| match no_page {
            NoPage::NoAnswer(failure) | NoPage::Status(_, failure) => failure,
        })
    }

    /// The same with a client that is at hand, for those who ask again and again.
    ///
    /// # Errors
    ///
    /// As for [`Served::at`].
    pub async fn through(client: &Client, url: &Url, shown: &str) -> Result<Self, NoPage> {
        let request = format!("GET {shown}");
        let builder = client.get(url.clone()).headers(Scrape::by_default().headers());
        let reply = exchange(request.clone(), builder).await;
        let answer = reply.map_err(|broken| NoPage::NoAnswer(explain::broken(&request, &broken, "").into()))?.answer;
        let failure = match answer.status {
            200 => None,
            300..400 => Some(encrypted(answer.lines())),
            status => Some(explain::no_page(status, &answer.lines(), "")),
        };
        if let Some(failure) = failure {
            return Err(NoPage::Status(answer.status, failure.into()));
        }
        let content_type = Some(answer.content_type.unwrap_or_default());
        Ok(Self { content_type, text: answer.body, flaw: answer.flaw })
    }

    /// What is in a file, compressed or not.
    pub fn from_file(bytes: Vec<u8>) -> Self {
        let body = scrape::unpack_or_read(bytes);
        Self { content_type: None, text: body.text, flaw: body.flaw }
    }

    /// The text, with what is no text replaced.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The page.
    ///
    /// # Errors
    ///
    /// When Prometheus could not read it, whatever its content type.
    pub fn page(&self) -> Result<Page, Unreadable> {
        if let Some(flaw) = &self.flaw {
            let failure = Box::new(explain::flawed(flaw));
            return Err(match flaw {
                Flaw::NotUtf8 { line_number, line } => Unreadable::NotUtf8(*line_number, line.clone(), failure),
                _ => Unreadable::Bytes(failure),
            });
        }
        let content_type = match (&self.content_type, self.wrong_content_type()) {
            (Some(content_type), None) => content_type,
            // A file says by its last line what it is, and so does a page whose content type is of no use.
            _ if self.text.trim_end().ends_with("# EOF") => OPEN_METRICS,
            _ => TEXT,
        };
        Page::parse(content_type, &self.text).map_err(|error| {
            let failure = Box::new(explain::unreadable(content_type, &self.text, &error));
            match error {
                ParseError::Line(line) => Unreadable::Line(line, failure),
                ParseError::ContentType(_) => Unreadable::Bytes(failure),
            }
        })
    }

    /// What is wrong with the content type of a server.
    pub fn wrong_content_type(&self) -> Option<ContentTypeError> {
        match Page::parse(self.content_type.as_deref()?, "") {
            Err(ParseError::ContentType(error)) => Some(error),
            _ => None,
        }
    }
}

/// As many redirects as a client follows by default, but none to where it could not go.
fn follow(attempt: Attempt<'_>) -> Action {
    if attempt.url().scheme() != "http" {
        return attempt.stop();
    }
    Policy::default().redirect(attempt)
}

fn encrypted(seen: Vec<String>) -> Failure {
    Failure::change("Give the address at which the page is served without encryption.")
        .expected("a page, or a redirect to another address of plain http")
        .seen(seen)
        .mistake("The server sends the client to an encrypted address, or does not say where to, and only plain http is spoken here. Let curl read the page, and pass it on by a file or by standard input.")
        .why("Prometheus would follow.")
}
