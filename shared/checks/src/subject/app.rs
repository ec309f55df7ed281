//! The app under test, as its clients see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::database::Database;
use crate::exposition::{Page, ParseError};
use crate::launch::{LaunchError, Launcher, Running, Settings};
use crate::outcome::{Failure, Outcome, Stop};

/// How long an answer may take: more than any that a check asks for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The most bytes of a page that are read. 10,000 series take about a megabyte.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;
/// How long a value has to arrive that comes a little later than the request that causes it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a check waits before it looks again.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running app: somewhere, or started by the check itself.
pub struct App {
    base_url: String,
    client: Client,
    own: Option<Own>,
}

/// An app that was started here, so that a check can start it again.
struct Own {
    environment: Environment,
    _running: Running,
    replicas: Vec<String>,
    /// Why the process cannot hold two apps, if it cannot.
    collision: Option<String>,
}

/// What it takes to start an app.
pub struct Environment {
    /// Starts it.
    pub launcher: Box<dyn Launcher>,
    /// The database that every start is given.
    pub database: Database,
}

/// An answer of the app.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The request, for an explanation.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
}

/// An item of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) sku: String,
    pub(crate) stock: i64,
}

impl App {
    /// An app that runs at a URL, such as `http://localhost:8000`. Checks that have to start or to stop an app
    /// cannot be made with it.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn at(base_url: &str) -> reqwest::Result<Self> {
        Self::new(base_url, None)
    }

    /// Starts an app with two replicas on a fresh database, and speaks to the first. If two don't get on with
    /// each other in one process, there is one, and the check of the page tells.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(environment: Environment) -> Result<Self, LaunchError> {
        let settings = environment.settings();
        let (running, collision) = match environment.launcher.launch(&settings).await {
            Ok(running) => (running, None),
            Err(error) => {
                let alone = Settings { replicas: 1, ..settings };
                (environment.launcher.launch(&alone).await?, Some(error.to_string()))
            }
        };
        let replicas = running.base_urls.clone();
        let first = replicas.first().cloned().unwrap_or_default();
        let own = Own { environment, _running: running, replicas, collision };
        Self::new(&first, Some(own)).map_err(LaunchError::Client)
    }

    fn new(base_url: &str, own: Option<Own>) -> reqwest::Result<Self> {
        let client = Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).build()?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), client, own })
    }

    /// Where it runs.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Host and port, for a connection by hand.
    pub(crate) fn address(&self) -> String {
        let address = self.base_url.strip_prefix("http://").unwrap_or(&self.base_url);
        let address = address.split('/').next().unwrap_or(address);
        if address.contains(':') { address.to_owned() } else { format!("{address}:80") }
    }

    /// Reads `/metrics`, strictly.
    pub(crate) async fn scrape(&self) -> Outcome<Page> {
        let answer = self.get("/metrics").await?;
        answer.page()
    }

    pub(crate) async fn get(&self, path: &str) -> Outcome<Answer> {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Outcome<Answer> {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    /// Sends any request; one that gets no answer at all ends the check.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<String>) -> Outcome<Answer> {
        self.send_as(None, method, path, body).await
    }

    /// As [`App::send`], with what the client says of itself.
    pub(crate) async fn send_as(
        &self,
        user_agent: Option<&str>,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Outcome<Answer> {
        let request = format!("{method} {path}");
        match self.exchange(user_agent, method, path, body).await {
            Ok(answer) => Ok(answer),
            Err(error) => no_answer(&request, &error).stop(),
        }
    }

    /// Sends any request, for a check that knows better what a missing answer means.
    pub(crate) async fn try_send(&self, method: Method, path: &str, body: Option<String>) -> reqwest::Result<Answer> {
        self.exchange(None, method, path, body).await
    }

    async fn exchange(
        &self,
        user_agent: Option<&str>,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> reqwest::Result<Answer> {
        let request = format!("{method} {path}");
        let mut builder = self.client.request(method, format!("{}{path}", self.base_url));
        if let Some(user_agent) = user_agent {
            builder = builder.header("user-agent", user_agent);
        }
        if let Some(body) = body {
            builder = builder.header("content-type", "application/json").body(body);
        }
        let mut response = builder.send().await?;
        let status = response.status().as_u16();
        let header = response.headers().get("content-type");
        let content_type = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_PAGE_BYTES {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { request, status, content_type, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Adds pieces of an item to a session's cart.
    pub(crate) async fn add_to_cart(&self, session: &str, item_id: i64, quantity: i64) -> Outcome<Answer> {
        let body = json!({ "item_id": item_id, "quantity": quantity });
        self.post(&format!("/carts/{session}/items"), &body).await
    }

    /// The catalogue.
    pub(crate) async fn products(&self) -> Outcome<Vec<Product>> {
        let answer = self.get("/items").await?.expect_status(200)?;
        let items: Vec<Value> = serde_json::from_str(&answer.body).unwrap_or_default();
        let products: Vec<_> = items.iter().filter_map(Product::from_json).collect();
        if products.is_empty() {
            return Err(Stop::NotRun(format!(
                "GET {}/items lists no item with id, sku and stock: is this the shop?",
                self.base_url
            )));
        }
        Ok(products)
    }

    /// An item with enough pieces left for a check.
    pub(crate) async fn product(&self) -> Outcome<Product> {
        const ENOUGH: i64 = 20;
        let in_stock = self.products().await?.into_iter().find(|product| product.stock >= ENOUGH);
        in_stock.ok_or_else(|| Stop::NotRun(format!("no item has {ENOUGH} pieces left to check with")))
    }

    /// Scrapes until `good` says yes, or [`PATIENCE`] ends; returns the last page either way.
    pub(crate) async fn scrape_until(&self, mut good: impl FnMut(&Page) -> bool) -> Outcome<Page> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.scrape().await?;
            if good(&page) || Instant::now() >= deadline {
                return Ok(page);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The same app as a second replica in the same process, on the same database.
    pub(crate) fn replica(&self) -> Outcome<Self> {
        let second = self.own()?.replicas.get(1).cloned();
        let second = second.ok_or_else(|| Stop::NotRun("the app was started without a second replica".into()))?;
        Self::new(&second, None).map_err(|error| Stop::NotRun(error.to_string()))
    }

    /// Why the process cannot hold two apps, if it was started here and cannot.
    pub(crate) fn collision(&self) -> Option<&str> {
        self.own.as_ref()?.collision.as_deref()
    }

    /// Starts the same app once more, on the same database.
    pub(crate) async fn start_another(&self) -> Outcome<StartedApp> {
        let settings = Settings { replicas: 1, ..self.settings()? };
        self.start_with(&settings).await
    }

    /// Starts the same app with other settings. It lives as long as what is returned.
    pub(crate) async fn start_with(&self, settings: &Settings) -> Outcome<StartedApp> {
        let running = self.own()?.environment.launcher.launch(settings).await;
        let running = running.map_err(|error| Stop::NotRun(error.to_string()))?;
        let first = running.base_urls.first().cloned().unwrap_or_default();
        let app = Self::new(&first, None).map_err(|error| Stop::NotRun(error.to_string()))?;
        Ok(StartedApp { app, _running: running })
    }

    /// The settings of this app, to start another one that differs in some.
    pub(crate) fn settings(&self) -> Outcome<Settings> {
        Ok(self.own()?.environment.settings())
    }

    /// The database of the app.
    pub(crate) fn database(&self) -> Outcome<&Database> {
        Ok(&self.own()?.environment.database)
    }

    fn own(&self) -> Outcome<&Own> {
        self.own.as_ref().ok_or_else(|| {
            Stop::NotRun("this needs an app that the check can start itself; with a URL it cannot be judged".into())
        })
    }
}

/// A further app, for as long as this value lives.
pub(crate) struct StartedApp {
    pub(crate) app: App,
    _running: Running,
}

impl Environment {
    fn settings(&self) -> Settings {
        Settings { database_url: self.database.url().to_owned(), ..Settings::default() }
    }
}

impl Answer {
    /// The method that was sent.
    pub(crate) fn method(&self) -> &str {
        self.request.split(' ').next().unwrap_or_default()
    }

    /// The page that this answer holds.
    pub(crate) fn page(&self) -> Outcome<Page> {
        if self.status != 200 {
            return Failure::change("Answer GET /metrics with status 200 and the page of metrics.")
                .expected("200 OK for GET /metrics")
                .seen(self.lines())
                .mistake("The route is missing, or its handler ends in an error.")
                .why("A scrape that is not answered with 200 counts as a failed one: `up` becomes 0, and every graph has a gap.")
                .stop();
        }
        Page::parse(self.content_type.as_deref().unwrap_or_default(), &self.body)
            .or_else(|error| unreadable(&error).stop())
    }

    /// Ends the check unless the status is as expected: the shop itself is broken, whatever its metrics say.
    pub(crate) fn expect_status(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            return Ok(self);
        }
        Failure::change(format!("Make `{}` answer {status} again.", self.request))
            .expected(format!("{status} for {}", self.request))
            .seen(self.lines())
            .mistake(
                "A change to a handler or to the router broke what worked before. Compare with the lesson's start.",
            )
            .why("Instrumentation must not change what a service answers.")
            .stop()
    }

    /// The answer as an explanation shows it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} -> {}", self.request, self.status)];
        lines.extend(self.content_type.iter().map(|value| format!("content-type: {value}")));
        lines.extend(self.body.lines().take(2).map(|line| line.chars().take(100).collect()));
        lines
    }
}

impl Product {
    fn from_json(item: &Value) -> Option<Self> {
        Some(Self {
            id: item.get("id")?.as_i64()?,
            sku: item.get("sku")?.as_str()?.to_owned(),
            stock: item.get("stock")?.as_i64()?,
        })
    }
}

/// A session name that nobody has used before. All are about as long, so that an explanation breaks its lines in the same
/// places each time.
pub(crate) fn new_session() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    // Only the number has to differ, within a few thousand; it orders nothing else.
    format!("check-{nanoseconds:x}-{:04}", COUNT.fetch_add(1, Ordering::Relaxed) % 10_000)
}

fn no_answer(request: &str, error: &reqwest::Error) -> Failure {
    Failure::change(format!("Find out why the app gives no answer to {request}: its log tells more."))
        .expected(format!("an answer to {request}, whatever its status"))
        .seen([format!("{request} -> {error}"), cause(error)])
        .mistake("The app has stopped, a handler or a middleware panicked and took the connection with it, or something blocks the threads of the async runtime.")
        .why("A client without an answer tries again, and the load grows when the app can bear it least.")
}

fn cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

fn unreadable(error: &ParseError) -> Failure {
    let (change, mistake) = match error {
        ParseError::ContentType(_) => (
            "Send the content type of Prometheus's text format with the page.",
            "The handler returns a plain string, so that the framework chooses the content type, or the type was guessed.",
        ),
        ParseError::Line(_) => (
            "Make /metrics a page that Prometheus can read.",
            "The page is put together by hand, or changed after the encoder wrote it, or two registries that hold the same metric are written one after the other.",
        ),
    };
    Failure::change(change)
        .expected("a valid page in Prometheus's text format")
        .seen(error.to_string().lines())
        .mistake(mistake)
        .why("Prometheus reads a page whole or not at all: one bad line, or a wrong content type, and every metric of the app is gone.")
}
