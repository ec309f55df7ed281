//! How Prometheus asks for a page, and how it reads what comes.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Response};

/// The most bytes of a page that are read, also when they are unpacked. 10,000 series take about a megabyte.
pub const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;
/// What Prometheus 3 takes: the formats of its `scrape_protocols`, OpenMetrics first.
const ACCEPT_BY_DEFAULT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
     application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
     text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// What it takes where `scrape_protocols` says `PrometheusText0.0.4` alone.
const ACCEPT_TEXT: &str = "text/plain;version=0.0.4;q=0.6,*/*;q=0.5";
const AGENT: &str = "Prometheus/3.5.0";
/// By this header Prometheus says how many seconds it waits: by default ten.
const TIMEOUT: (&str, &str) = ("x-prometheus-scrape-timeout-seconds", "10");

/// A request for the page, and what its sender can read.
#[derive(Debug, Clone)]
pub(crate) struct Scrape {
    pub(crate) method: Method,
    accept: &'static str,
    /// None says nothing of it.
    accept_encoding: Option<&'static str>,
}

impl Scrape {
    /// As Prometheus 3 asks, if nothing else is configured.
    pub(crate) fn by_default() -> Self {
        Self { method: Method::GET, accept: ACCEPT_BY_DEFAULT, accept_encoding: Some("gzip") }
    }

    /// For plain text, not compressed: as Prometheus asks with `enable_compression: false`.
    pub(crate) fn of_plain_text() -> Self {
        Self { method: Method::GET, accept: ACCEPT_TEXT, accept_encoding: Some("identity") }
    }

    /// As `curl` asks, if nothing else is typed.
    pub(crate) fn of_curl() -> Self {
        Self { method: Method::GET, accept: "*/*", accept_encoding: None }
    }

    /// The same as by default for status and headers alone, as a probe asks.
    pub(crate) fn of_headers() -> Self {
        Self { method: Method::HEAD, ..Self::by_default() }
    }

    pub(super) fn headers(&self) -> HeaderMap {
        let values = [(ACCEPT, Some(self.accept)), (ACCEPT_ENCODING, self.accept_encoding), (USER_AGENT, Some(AGENT))];
        let values = values.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?))));
        let mut headers: HeaderMap = values.collect();
        headers.insert(TIMEOUT.0, HeaderValue::from_static(TIMEOUT.1));
        headers
    }
}

/// What is wrong with the bytes of an answer, before anybody looks at the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It goes on after [`MAX_PAGE_BYTES`].
    TooLong,
    /// They are not UTF-8 in this line.
    NotUtf8 {
        /// From 1.
        line_number: usize,
        /// The line, with what is no UTF-8 replaced.
        line: String,
    },
    /// `content-encoding` says something else than `gzip`.
    UnknownEncoding(String),
    /// `content-encoding` says `gzip`, and they are not.
    NotGzip,
    /// They are compressed, and no header says so.
    SecretGzip,
}

impl Flaw {
    /// What is seen of it.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::TooLong => vec![format!("more than {MAX_PAGE_BYTES} bytes")],
            Self::NotUtf8 { line_number, line } => {
                vec![format!("line {line_number} is not UTF-8 (a \u{fffd} stands for what is none):"), line.clone()]
            }
            Self::UnknownEncoding(encoding) => vec![format!("content-encoding: {encoding}")],
            Self::NotGzip => vec!["content-encoding: gzip, and the body is no complete gzip".to_owned()],
            Self::SecretGzip => {
                vec!["a body that is compressed with gzip, and no header `content-encoding`".to_owned()]
            }
        }
    }
}

/// An answer that breaks off.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Before the first byte of its body.
    Head(reqwest::Error),
    /// After some bytes of it.
    Body {
        /// How many came.
        received: usize,
        error: reqwest::Error,
    },
}

impl Broken {
    /// What the client says, without the URL, which may hold a secret.
    pub(crate) fn into_error(self) -> reqwest::Error {
        match self {
            Self::Head(error) | Self::Body { error, .. } => error.without_url(),
        }
    }
}

/// The body of an answer as text, and what is wrong with it.
pub(super) struct Body {
    pub(super) text: String,
    pub(super) flaw: Option<Flaw>,
}

/// Reads a body as Prometheus does: what `content-encoding` calls `gzip` is unpacked, all else is taken as it comes.
pub(super) async fn read(mut response: Response) -> Result<Body, Broken> {
    let encoding = response.headers().get(CONTENT_ENCODING);
    let encoding = encoding.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(decode(encoding.as_deref(), bytes)),
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_PAGE_BYTES => return Ok(too_long(&bytes)),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => return Err(Broken::Body { received: bytes.len(), error }),
        }
    }
}

/// Reads what is in a file, which says by its first bytes whether it is compressed.
pub(super) fn unpack_or_read(bytes: Vec<u8>) -> Body {
    match flate2::read::GzDecoder::new(bytes.as_slice()).header() {
        _ if bytes.len() > MAX_PAGE_BYTES => too_long(&bytes),
        Some(_) => unpack(&bytes),
        None => text(bytes),
    }
}

fn decode(encoding: Option<&str>, bytes: Vec<u8>) -> Body {
    match encoding.unwrap_or("identity") {
        // An answer to HEAD has no body, whatever its headers say of one.
        _ if bytes.is_empty() => text(bytes),
        "gzip" => unpack(&bytes),
        "identity" | "" if flate2::read::GzDecoder::new(bytes.as_slice()).header().is_some() => {
            flawed(&bytes, Flaw::SecretGzip)
        }
        "identity" | "" => text(bytes),
        other => flawed(&bytes, Flaw::UnknownEncoding(other.to_owned())),
    }
}

fn unpack(bytes: &[u8]) -> Body {
    let mut unpacked = Vec::new();
    let limit = MAX_PAGE_BYTES as u64 + 1;
    match MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut unpacked) {
        Err(_) => flawed(bytes, Flaw::NotGzip),
        Ok(_) if unpacked.len() > MAX_PAGE_BYTES => too_long(&unpacked),
        Ok(_) => text(unpacked),
    }
}

fn text(bytes: Vec<u8>) -> Body {
    match String::from_utf8(bytes) {
        Ok(text) => Body { text, flaw: None },
        Err(error) => {
            let (good, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line_number = bytes[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            let line = bytes.split(|byte| *byte == b'\n').nth(line_number - 1).unwrap_or_default();
            flawed(bytes, Flaw::NotUtf8 { line_number, line: String::from_utf8_lossy(line).into_owned() })
        }
    }
}

fn too_long(bytes: &[u8]) -> Body {
    flawed(bytes, Flaw::TooLong)
}

fn flawed(bytes: &[u8], flaw: Flaw) -> Body {
    Body { text: String::from_utf8_lossy(bytes).into_owned(), flaw: Some(flaw) }
}
