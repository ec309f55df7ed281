//! The Pushgateway at `PUSHGATEWAY_URL`, asked with bounded patience. You need not change this file.
//!
//! The client of `prometheus_push` neither tries again nor has a time-out, and it does not say why the gateway refuses.
//! This one does. What is pushed, where to, and when is up to whoever calls it.

use std::collections::HashMap;
use std::env;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use backon::{ExponentialBuilder, Retryable};
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus_push::error::PushMetricsError;
use prometheus_push::non_blocking::{MetricsPusher, Push};
use prometheus_push::prometheus_crate::PrometheusMetricsConverter;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use url::Url;

use crate::report;

/// How long one attempt may take. With [`ATTEMPTS`] and [`FIRST_DELAY`], a push is over within 10 seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a push is attempted. Twice is no harm: a push replaces what was there.
const ATTEMPTS: usize = 4;
/// How long the second attempt waits. Each one after it waits twice as long as the one before.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// The most of a refusal's reason that is shown. A proxy may answer with a whole page.
const REASON_LIMIT: usize = 500;

/// A pusher of what a [`prometheus::Registry`] gathers.
type Pusher = MetricsPusher<Sender, PrometheusMetricsConverter, Vec<MetricFamily>, Vec<Box<dyn Collector>>, Vec<u8>>;

/// The Pushgateway at `PUSHGATEWAY_URL`. It keeps what is pushed to it in groups, until somebody deletes them.
///
/// The name of a group is its grouping key: the job's name, and the labels that are given beside it, if any.
/// `prometheus_push` puts them into the URL as they are: no `/`, `?`, `#` or `%` in them, or the metrics end up elsewhere.
pub struct Pushgateway {
    url: Url,
    sender: Sender,
    pusher: Pusher,
}

impl Pushgateway {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// When `PUSHGATEWAY_URL` cannot be used. The message does not repeat it, since it may hold a password.
    pub fn from_env() -> Result<Self> {
        let text = env::var("PUSHGATEWAY_URL").unwrap_or_else(|_| "http://localhost:9091".to_owned());
        let url = base_url(&text)
            .context("PUSHGATEWAY_URL is not the http URL of a Pushgateway, such as http://localhost:9091")?;
        let sender = Sender::new()?;
        let pusher = MetricsPusher::new(sender.clone(), PrometheusMetricsConverter, &url)?;
        Ok(Self { url, sender, pusher })
    }

    /// Where the gateway is, for people. User, password and path are left out: any of them may be a secret.
    pub fn redacted_url(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Pushes by PUT: these metrics replace the whole group.
    ///
    /// # Errors
    ///
    /// When the gateway is down, too slow, or refuses.
    pub async fn push_all(&self, job: &str, labels: &[(&str, &str)], metrics: Vec<MetricFamily>) -> Result<()> {
        self.pusher.push_all(job, &key(labels), metrics).await.map_err(|error| self.failed(error))
    }

    /// Pushes by POST: these metrics replace those of the same names in the group. All others stay as they are.
    ///
    /// # Errors
    ///
    /// When the gateway is down, too slow, or refuses.
    pub async fn push_add(&self, job: &str, labels: &[(&str, &str)], metrics: Vec<MetricFamily>) -> Result<()> {
        self.pusher.push_add(job, &key(labels), metrics).await.map_err(|error| self.failed(error))
    }

    /// Sends a DELETE to a path below the URL, such as `metrics/job/backup`. `prometheus_push` has no call for that.
    ///
    /// # Errors
    ///
    /// When the gateway is down, too slow, or refuses.
    pub async fn delete(&self, path: &str) -> Result<()> {
        let url = self.url.join(path)?;
        self.sender.send(|client| client.delete(url.clone())).await.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: PushMetricsError) -> anyhow::Error {
        // The `Display` of this variant leaves out what it holds: what `Sender` says.
        let reason = match error {
            PushMetricsError::Response(reason) => anyhow!(reason),
            other => other.into(),
        };
        reason.context(format!("the request to the Pushgateway at {} failed", self.redacted_url()))
    }
}

fn key<'a>(labels: &[(&'a str, &'a str)]) -> HashMap<&'a str, &'a str> {
    labels.iter().copied().collect()
}

/// The URL to which paths are joined: it ends in a `/`, or its last segment would be lost.
fn base_url(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| url.scheme() == "http")?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

/// Sends requests to the gateway, again and again while there is hope.
#[derive(Clone)]
struct Sender {
    client: Client,
}

impl Push<Vec<u8>> for Sender {
    async fn push_all(&self, url: &Url, body: Vec<u8>, content_type: &str) -> Result<(), PushMetricsError> {
        self.push(Method::PUT, url, body, content_type).await
    }

    async fn push_add(&self, url: &Url, body: Vec<u8>, content_type: &str) -> Result<(), PushMetricsError> {
        self.push(Method::POST, url, body, content_type).await
    }
}

impl Sender {
    fn new() -> Result<Self> {
        // A redirected PUT would become a GET, and nobody would notice that nothing was pushed.
        let client = Client::builder().timeout(ATTEMPT_TIMEOUT).redirect(redirect::Policy::none());
        Ok(Self { client: client.build()? })
    }

    async fn push(&self, method: Method, url: &Url, body: Vec<u8>, content_type: &str) -> Result<(), PushMetricsError> {
        let request = |client: &Client| {
            client.request(method.clone(), url.clone()).header(CONTENT_TYPE, content_type).body(body.clone())
        };
        self.send(request).await
    }

    async fn send(&self, request: impl Fn(&Client) -> RequestBuilder) -> Result<(), PushMetricsError> {
        let backoff = ExponentialBuilder::default().with_min_delay(FIRST_DELAY).with_max_times(ATTEMPTS - 1);
        (|| attempt(request(&self.client)))
            .retry(backoff)
            .when(AttemptError::is_temporary)
            .notify(|error, delay| {
                report::problem(format_args!(
                    "warning: a request to the Pushgateway failed: {error}; again in {delay:?}"
                ))
            })
            .await
            .map_err(|error| PushMetricsError::Response(error.to_string()))
    }
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error("it refused with {status}: {reason}")]
    Refused { status: StatusCode, reason: String },
    #[error("it did not answer within {ATTEMPT_TIMEOUT:?}")]
    Timeout,
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
}

impl AttemptError {
    /// Whether another attempt may succeed. A gateway that does not like the metrics will not like them later.
    fn is_temporary(&self) -> bool {
        match self {
            Self::Refused { status, .. } => status.is_server_error(),
            Self::Timeout | Self::Unreachable(_) => true,
        }
    }
}

impl From<reqwest::Error> for AttemptError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        // The outer errors only say that a request was sent.
        Self::Unreachable(anyhow::Error::from(error.without_url()).root_cause().to_string())
    }
}

async fn attempt(request: RequestBuilder) -> Result<(), AttemptError> {
    let response = request.send().await?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    Err(AttemptError::Refused { status, reason: reason(response).await })
}

/// What the gateway says about its refusal, on one line. If it repeats the path of our URL, that is left out here, too.
async fn reason(mut response: Response) -> String {
    let path = response.url().path().split_once("/metrics/").map_or("", |(path, _)| path).to_owned();
    let mut body = Vec::new();
    while body.len() < REASON_LIMIT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(REASON_LIMIT);
    let reason = String::from_utf8_lossy(&body).split_whitespace().collect::<Vec<_>>().join(" ");
    if path.is_empty() { reason } else { reason.replace(&path, "[...]") }
}
