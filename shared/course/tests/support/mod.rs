//! A solution with a few customers, and all that is around it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use checks::database::Database;
use checks::launch::{BuildApp, InProcess, Launcher, Running, Settings};
use checks::services::ServiceError;
use checks::services::postgres::Postgres;
use checks::services::prometheus::Prometheus;
use checks::services::pushgateway::Pushgateway;
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgConnection};
use tokio::net::TcpListener;

/// A solution that runs for as long as this value lives.
pub(crate) struct Shop {
    base_url: String,
    client: Client,
    _running: Running,
    _database: Option<Database>,
}

impl Shop {
    pub(crate) async fn open(app: BuildApp) -> Self {
        let database = Database::fresh().await.unwrap();
        let shop = Self::open_on(app, database.url()).await;
        Self { _database: Some(database), ..shop }
    }

    async fn open_on(app: BuildApp, database_url: &str) -> Self {
        let settings = Settings { database_url: database_url.to_owned(), replicas: 1, ..Settings::default() };
        let running = InProcess(app).launch(&settings).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { base_url: running.base_urls[0].clone(), client, _running: running, _database: None }
    }

    /// Where Prometheus finds it.
    pub(crate) fn target(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    pub(crate) async fn page(&self) -> String {
        self.client.get(self.url("/metrics")).send().await.unwrap().text().await.unwrap()
    }

    /// What a customer does, with a few failures. A solution that catches no panics drops the connection.
    pub(crate) async fn visit(&self) {
        self.send(Method::GET, "/items").await;
        self.send(Method::GET, "/items/1").await;
        let addition = self.client.post(self.url("/carts/visitor/items")).json(&json!({ "item_id": 1, "quantity": 1 }));
        addition.send().await.unwrap();
        self.send(Method::POST, "/carts/visitor/checkout").await;
        self.send(Method::GET, "/no-such-page").await;
        self.send(Method::GET, "/simulate?status=500").await;
        self.send(Method::GET, "/simulate?panic=true").await;
    }

    /// The status, if there is an answer.
    async fn send(&self, method: Method, path: &str) -> Option<StatusCode> {
        self.client.request(method, self.url(path)).send().await.ok().map(|answer| answer.status())
    }

    /// Where a path is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// The whole course in one piece: the shop on PostgreSQL, its exporter, last night's job, and a Prometheus that
/// scrapes it all.
pub(crate) struct Stack {
    pub(crate) shop: Shop,
    pub(crate) prometheus: Prometheus,
    _idle_transaction: PgConnection,
    _pushgateway: Pushgateway,
    _postgres: Postgres,
}

impl Stack {
    pub(crate) async fn start() -> Result<Self, ServiceError> {
        let postgres = Postgres::start().await?;
        let pushgateway = Pushgateway::start().await?;
        let database_url = create_shop_database(postgres.url()).await;
        let shop = Shop::open_on(solution_04_summary::app, database_url.as_str()).await;
        let exporter = serve_exporter(&database_url).await;
        run_job(&database_url, pushgateway.url());
        let idle_transaction = idle_transaction(&database_url).await;
        let gateway = pushgateway.url().trim_start_matches("http://");
        let prometheus = Prometheus::start(&[shop.target(), &exporter, gateway]).await?;
        Ok(Self {
            shop,
            prometheus,
            _idle_transaction: idle_transaction,
            _pushgateway: pushgateway,
            _postgres: postgres,
        })
    }
}

/// The lessons call it `shop`. A server that was there before may have it already.
async fn create_shop_database(server_url: &str) -> Url {
    let mut url: Url = server_url.parse().unwrap();
    let mut server = server_url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let created = server.execute("CREATE DATABASE shop").await;
    assert!(created.is_ok() || created.unwrap_err().to_string().contains("already exists"));
    url.set_path("shop");
    url
}

async fn serve_exporter(database_url: &Url) -> String {
    let options = database_url.as_str().parse().unwrap();
    let app = solution_05_postgres_exporter::app(solution_05_postgres_exporter::connection::pool(options));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

/// Somebody who has gone to lunch in the middle of a transaction.
async fn idle_transaction(database_url: &Url) -> PgConnection {
    let mut connection = database_url.as_str().parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    connection.execute("SELECT COUNT(*) FROM items").await.unwrap();
    connection
}

fn run_job(database_url: &Url, pushgateway_url: &str) {
    let mut command = Command::new(job_program());
    command.env("DATABASE_URL", database_url.as_str()).env("PUSHGATEWAY_URL", pushgateway_url);
    assert!(command.stderr(Stdio::null()).status().unwrap().success());
}

/// `cargo test` has built it, unless it was asked for this test alone.
fn job_program() -> PathBuf {
    let package = "solution-06-pushgateway";
    let target = std::env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap();
    let program = target.join(package).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.is_file() {
        let build = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", package]).status();
        assert!(build.unwrap().success());
    }
    program
}
