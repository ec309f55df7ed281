//! A connection to the shop.

use std::fmt;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::machine::shop_url::ShopUrl;
use crate::problem::{Problem, Result};

use super::call::Call;

/// How long an answer may take.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read. The longest is a catalogue of 1,000 items, with about 250 bytes each.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where the shop runs.
#[derive(Debug, Clone)]
pub(super) struct Target {
    shop: ShopUrl,
    /// What comes before each path of the shop: nothing, or a path without a slash at its end.
    prefix: String,
    /// Host and port, to connect to.
    address: (String, u16),
    /// Host and port, for the header.
    host: String,
}

/// Sends one request after the other over one connection, and opens a new one when that is lost.
#[derive(Debug)]
pub(super) struct Client {
    target: Target,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// What the shop answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// Nobody listens at the port.
    Refused,
    /// There is no way to the host, or it has no such name.
    Unreachable,
    /// The connection ended before the answer did, or what came is not HTTP.
    Lost,
    /// It takes more than [`ANSWER_TIMEOUT`].
    TimedOut,
}

impl Target {
    /// Takes apart where the shop runs.
    ///
    /// # Errors
    ///
    /// When the URL has no host.
    pub(super) fn new(shop: ShopUrl) -> Result<Self> {
        let url = shop.expose();
        let parts = url.host_str().zip(url.port_or_known_default());
        let (host, port) = parts.ok_or_else(|| Problem::usage(format!("{shop} is not the URL of a shop")))?;
        Ok(Self {
            prefix: url.path().trim_end_matches('/').to_owned(),
            // A URL has an IPv6 address in brackets, the resolver wants none.
            address: (host.trim_matches(['[', ']']).to_owned(), port),
            host: format!("{host}:{port}"),
            shop,
        })
    }

    /// What to say when there is no answer at all.
    pub(super) fn no_answer(&self, failure: Failure) -> Problem {
        Problem::new(format!("nothing answers at {self}: {failure}"))
            .advice("Start the shop in another terminal, and try again:\n  cargo lab run")
    }

    fn request(&self, call: &Call) -> hyper::http::Result<Request<Full<Bytes>>> {
        let request = Request::builder().method(&call.method).uri(format!("{}{}", self.prefix, call.path));
        let request = request.header(HOST, &self.host).header(USER_AGENT, "cargo-lab-load");
        match &call.body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Full::from(body.clone())),
            None => request.body(Full::default()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shop.fmt(formatter)
    }
}

impl Client {
    pub(super) fn new(target: &Target) -> Self {
        Self { target: target.clone(), connection: None }
    }

    /// Connects, unless there is a connection already.
    ///
    /// # Errors
    ///
    /// When nobody takes it in time.
    pub(super) async fn open(&mut self) -> Result<(), Failure> {
        timeout(ANSWER_TIMEOUT, self.connection()).await.map_err(|_| Failure::TimedOut)??;
        Ok(())
    }

    /// Sends a request, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// When there is none in time.
    pub(super) async fn send(&mut self, call: &Call) -> Result<Answer, Failure> {
        let answer = timeout(ANSWER_TIMEOUT, self.exchange(call)).await.unwrap_or(Err(Failure::TimedOut));
        if answer.is_err() {
            // What still arrives on this connection is no answer to the next request.
            self.connection = None;
        }
        answer
    }

    async fn exchange(&mut self, call: &Call) -> Result<Answer, Failure> {
        let request = self.target.request(call).map_err(|_| Failure::Unreachable)?;
        let response = self.connection().await?.send_request(request).await.map_err(|_| Failure::Lost)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await.map_err(|_| Failure::Lost)?;
        Ok(Answer { status, body: body.to_bytes() })
    }

    /// The open connection, if the shop has not closed it meanwhile; else a new one.
    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Failure> {
        let mut open = self.connection.take();
        if let Some(connection) = &mut open
            && connection.ready().await.is_err()
        {
            open = None;
        }
        let connection = match open {
            Some(connection) => connection,
            None => self.target.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }
}

impl Target {
    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let (host, port) = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await?;
        // Requests are short, and each one waits for its answer: nothing is won by holding back.
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Lost)?;
        // How it ends is seen by the request that is under way then.
        tokio::spawn(connection);
        Ok(sender)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Self::Lost,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Unreachable,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => formatter.write_str("connection refused"),
            Self::Unreachable => formatter.write_str("no way to this host"),
            Self::Lost => formatter.write_str("connection lost"),
            Self::TimedOut => write!(formatter, "no answer within {} seconds", ANSWER_TIMEOUT.as_secs()),
        }
    }
}
