//! The app under test, as its clients see it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use exposition::Page;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::explain;
use super::scrape::{self, Broken, Flaw, Scrape};
use super::start_error::StartError;
use crate::database::Database;
use crate::launch::{LaunchError, Launcher, Running, Settings};
use crate::outcome::{Failure, Outcome, Stop};

/// Why a check is left out for an app at a URL.
pub const NEEDS_OWN: &str = "this needs an app that the check can start itself; with a URL it cannot be judged";
/// How long an answer may take: more than any that a check asks for.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection is kept for a next request. A server may close one that waits, some after five seconds, and then a
/// request that is sent at that moment has no answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a value has to arrive that comes a little later than the request that causes it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a check waits before it looks again.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running app: somewhere, or started by the check itself.
pub struct App {
    base_url: String,
    client: Client,
    own: Option<Own>,
    /// Where other replicas run, for an app at a URL.
    beside: Vec<String>,
    /// Where the program writes its log, if it was started here.
    log: Option<PathBuf>,
}

/// An app that was started here, so that a check can start it again.
struct Own {
    environment: Environment,
    running: Running,
    replicas: Vec<String>,
    /// Why the process cannot hold two apps, if it cannot.
    collision: Option<String>,
}

/// What it takes to start an app.
pub struct Environment {
    /// Starts it.
    pub launcher: Arc<dyn Launcher>,
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
    /// What is wrong with the bytes of the body.
    pub(crate) flaw: Option<Flaw>,
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
        Self::new(base_url, None, None)
    }

    /// The same app, of which further replicas run at these URLs, on the same database.
    pub fn beside(self, base_urls: impl IntoIterator<Item = String>) -> Self {
        Self { beside: base_urls.into_iter().collect(), ..self }
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
            // What does not even open its first port would not open it alone either.
            Err(error @ LaunchError::NotListening { replica: 0, .. }) => return Err(error),
            Err(error) => {
                let alone = Settings { replicas: 1, ..settings };
                (environment.launcher.launch(&alone).await?, Some(error.to_string()))
            }
        };
        let replicas = running.base_urls.clone();
        let first = replicas.first().cloned().unwrap_or_default();
        let log = running.log_path();
        let own = Own { environment, running, replicas, collision };
        Self::new(&first, log, Some(own)).map_err(LaunchError::Client)
    }

    fn new(base_url: &str, log: Option<PathBuf>, own: Option<Own>) -> reqwest::Result<Self> {
        let client = Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).pool_idle_timeout(IDLE_TIMEOUT).build()?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), client, own, beside: Vec::new(), log })
    }

    /// Where it runs.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Host and port, for a connection by hand.
    pub(crate) fn address(&self) -> String {
        let address = self.base_url.strip_prefix("http://").unwrap_or(&self.base_url);
        let address = address.split('/').next().unwrap_or(address);
        let address = address.rsplit('@').next().unwrap_or(address);
        if address.contains(':') { address.to_owned() } else { format!("{address}:80") }
    }

    /// Reads `/metrics` as Prometheus does, strictly.
    pub(crate) async fn scrape(&self) -> Outcome<Page> {
        let reply = self.ask(&Scrape::by_default()).await?;
        self.page_of(&reply)
    }

    /// Asks for the page in one of its forms.
    pub(crate) async fn ask(&self, scrape: &Scrape) -> Outcome<Reply> {
        let request = format!("{} /metrics", scrape.method);
        let builder = self.client.request(scrape.method.clone(), format!("{}/metrics", self.base_url));
        match exchange(request.clone(), builder.headers(scrape.headers())).await {
            Ok(reply) => Ok(reply),
            Err(broken) => explain::broken(&request, &broken, &self.log()).stop(),
        }
    }

    /// The page that a reply holds.
    pub(crate) fn page_of(&self, reply: &Reply) -> Outcome<Page> {
        match reply.answer.status {
            200 => reply.answer.page(),
            status => explain::no_page(status, &reply.answer.lines(), &self.log()).stop(),
        }
    }

    /// What the program has written so far; nothing if it was not started here, or has no process of its own.
    pub(crate) fn log(&self) -> String {
        self.log.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
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
            Err(broken) => explain::broken(&request, &broken, &self.log()).stop(),
        }
    }

    /// Sends any request, for a check that knows better what a missing answer means.
    pub(crate) async fn try_send(&self, method: Method, path: &str, body: Option<String>) -> reqwest::Result<Answer> {
        self.exchange(None, method, path, body).await.map_err(Broken::into_error)
    }

    async fn exchange(
        &self,
        user_agent: Option<&str>,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<Answer, Broken> {
        let request = format!("{method} {path}");
        let mut builder = self.client.request(method, format!("{}{path}", self.base_url));
        if let Some(user_agent) = user_agent {
            builder = builder.header("user-agent", user_agent);
        }
        if let Some(body) = body {
            builder = builder.header("content-type", "application/json").body(body);
        }
        exchange(request, builder).await.map(|reply| reply.answer)
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
                "GET /items at {} lists no item with id, sku and stock: is this the shop?",
                self.address()
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
        Self::new(&second, self.log.clone(), None).map_err(|error| Stop::NotRun(error.to_string()))
    }

    /// The replicas beside an app at a URL.
    pub(crate) fn replicas_at_urls(&self) -> Outcome<Vec<Self>> {
        let apps: reqwest::Result<_> = self.beside.iter().map(|base_url| Self::at(base_url)).collect();
        apps.map_err(Stop::not_run)
    }

    /// The process that it runs in, if it was started here.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.own.as_ref()?.running.process_id()
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
        let running = running.or_else(|error| match &error {
            LaunchError::Ended { status, log } => explain::does_not_start(status, log, &settings.variables).stop(),
            _ => Err(Stop::not_run(error)),
        })?;
        let first = running.base_urls.first().cloned().unwrap_or_default();
        let app = Self::new(&first, running.log_path(), None).map_err(|error| Stop::NotRun(error.to_string()))?;
        Ok(StartedApp { app, running })
    }

    /// Starts the same app once more, on a fresh database; nothing for an app at a URL.
    pub(crate) async fn start_apart(&self) -> Result<Option<Self>, StartError> {
        let Some(own) = &self.own else { return Ok(None) };
        let launcher = Arc::clone(&own.environment.launcher);
        let environment = Environment { launcher, database: Database::fresh().await? };
        Ok(Some(Self::start(environment).await?))
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
        self.own.as_ref().ok_or_else(|| Stop::NotRun(NEEDS_OWN.into()))
    }
}

/// An answer, and how it was packed.
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    /// Its `content-encoding`.
    pub(crate) encoding: Option<String>,
}

/// Sends a request, and reads the answer as Prometheus does.
pub(crate) async fn exchange(request: String, builder: RequestBuilder) -> Result<Reply, Broken> {
    let response = builder.send().await.map_err(Broken::Head)?;
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (content_type, encoding) = (header("content-type"), header("content-encoding"));
    let body = scrape::read(response).await?;
    let answer = Answer { request, status, content_type, body: body.text, flaw: body.flaw };
    Ok(Reply { answer, encoding })
}

/// A further app, for as long as this value lives.
pub(crate) struct StartedApp {
    pub(crate) app: App,
    running: Running,
}

impl StartedApp {
    /// The process that it runs in, as long as there is one.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.running.process_id()
    }
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
            return explain::no_page(self.status, &self.lines(), "").stop();
        }
        if let Some(flaw) = &self.flaw {
            return explain::flawed(flaw).stop();
        }
        let content_type = self.content_type.as_deref().unwrap_or_default();
        Page::parse(content_type, &self.body)
            .or_else(|error| explain::unreadable(content_type, &self.body, &error).stop())
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
        match &self.flaw {
            Some(flaw) => lines.extend(flaw.lines()),
            None => lines.extend(self.body.lines().take(2).map(|line| line.chars().take(100).collect())),
        }
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
