//! A gateway that does what a check tells it to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(unix)]
use std::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::process::Child;
use tokio::task::JoinHandle;
#[cfg(unix)]
use tokio::time::sleep;

use crate::outcome::{Outcome, Stop};

#[cfg(unix)]
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a program may take until it asks the gateway for something.
#[cfg(unix)]
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What it does with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Answers with this status and text.
    Status(u16, &'static str),
    /// Answers with this status, and sends the client to this path.
    Redirect(u16, &'static str),
    /// Never answers.
    Silence,
    /// Passes it on to the gateway at this URL.
    PassTo(String),
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Without the query.
    pub(super) path: String,
    /// The header `Authorization`, empty where there is none.
    pub(super) authorization: String,
    pub(super) body: String,
    /// When it arrived.
    pub(super) at: Instant,
}

impl Request {
    /// Whether it changes a gateway, rather than only looking at it.
    pub(super) fn is_change(&self) -> bool {
        [Method::PUT, Method::POST, Method::DELETE].contains(&self.method)
    }

    /// As an explanation shows it, such as `PUT /metrics/job/expire_carts`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A server that listens for as long as this value lives.
pub(super) struct Stub {
    address: SocketAddr,
    script: Arc<Script>,
    serving: JoinHandle<std::io::Result<()>>,
}

struct Script {
    /// One for each request; the last one is for all further requests, too.
    replies: Vec<Reply>,
    requests: Mutex<Vec<Request>>,
    client: Client,
}

impl Stub {
    pub(super) async fn start(replies: Vec<Reply>) -> Outcome<Self> {
        let client = Client::builder().no_proxy().build().map_err(Stop::not_run)?;
        let script = Arc::new(Script { replies, requests: Mutex::default(), client });
        let app = Router::new().fallback(reply).with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Stop::not_run)?;
        let address = listener.local_addr().map_err(Stop::not_run)?;
        Ok(Self { address, script, serving: tokio::spawn(axum::serve(listener, app).into_future()) })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.script.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there are so many requests, or the program that should send it has ended. It is waited for long enough for any
    /// machine, and what comes of it is judged by the requests.
    #[cfg(unix)]
    pub(super) async fn wait_for_requests(&self, count: usize, mut program: Child) -> Child {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        while self.requests().len() < count && Instant::now() < deadline && matches!(program.try_wait(), Ok(None)) {
            sleep(POLL_INTERVAL).await;
        }
        program
    }

    /// The requests that change a gateway: pushes and deletions.
    pub(super) fn changes(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_change).collect()
    }

    /// The requests as an explanation shows them, or word that there was none.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines: Vec<_> = self.requests().iter().map(Request::line).collect();
        if lines.is_empty() { vec!["no request".to_owned()] } else { lines }
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Script {
    /// Notes a request, and looks up what to do with it.
    fn next(&self, request: Request) -> Reply {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = self.replies.get(requests.len()).or(self.replies.last());
        requests.push(request);
        reply.cloned().unwrap_or(Reply::Silence)
    }

    async fn pass_on(&self, url: String, method: Method, headers: &HeaderMap, body: Bytes) -> (StatusCode, String) {
        let content_type = headers.get(CONTENT_TYPE).cloned();
        let mut request = self.client.request(method, url).body(body);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        match request.send().await {
            Ok(response) => (response.status(), response.text().await.unwrap_or_default()),
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()),
        }
    }
}

async fn reply(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = Request {
        method: method.clone(),
        path: uri.path().to_owned(),
        authorization: authorization.to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        at: Instant::now(),
    };
    match script.next(request) {
        Reply::Status(status, text) => (status_code(status), text).into_response(),
        Reply::Redirect(status, path) => (status_code(status), [(LOCATION, path)]).into_response(),
        Reply::Silence => std::future::pending().await,
        Reply::PassTo(gateway) => {
            script.pass_on(format!("{gateway}{}", uri.path()), method, &headers, body).await.into_response()
        }
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
