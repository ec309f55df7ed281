//! A solution with a few customers, and all that is around it.
#![allow(dead_code, reason = "each test file uses a part of it")]

#[cfg(target_os = "linux")]
pub(crate) mod browser;
pub(crate) mod graph;
pub(crate) mod program;

use std::path::Path;
use std::process::{Command, Stdio};

use checks::database::Database;
use checks::launch::{BuildApp, InProcess, Launcher, Running, Settings};
use checks::ports::free_port;
use checks::services::node_exporter::NodeExporter;
use checks::services::postgres::Postgres;
use checks::services::postgres_exporter::PostgresExporter;
use checks::services::prometheus::Prometheus;
use checks::services::pushgateway::Pushgateway;
use checks::services::{ServiceError, if_installed};
use course::monitoring::{files, read_yaml};
use course::path;
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A solution that runs for as long as this value lives.
pub(crate) struct Shop {
    base_url: String,
    targets: Vec<String>,
    client: Client,
    _running: Running,
    _database: Option<Database>,
}

impl Shop {
    pub(crate) async fn open(app: BuildApp) -> Self {
        let database = Database::fresh().await.unwrap();
        let shop = Self::open_on(app, database.url(), 1).await;
        Self { _database: Some(database), ..shop }
    }

    async fn open_on(app: BuildApp, database_url: &str, replicas: usize) -> Self {
        let settings = Settings { database_url: database_url.to_owned(), replicas, ..Settings::default() };
        let running = InProcess(app).launch(&settings).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        let targets = running.base_urls.iter().map(|url| url.trim_start_matches("http://").to_owned()).collect();
        Self { base_url: running.base_urls[0].clone(), targets, client, _running: running, _database: None }
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

/// The whole course in one piece: two replicas of the shop on PostgreSQL, the exporters, last night's job, and a
/// Prometheus with the course's own configuration that scrapes it all.
pub(crate) struct Stack {
    pub(crate) shop: Shop,
    pub(crate) prometheus: Prometheus,
    /// The machine is watched only where Debian's exporter is installed.
    pub(crate) node_exporter: Option<NodeExporter>,
    _official_exporter: Option<PostgresExporter>,
    _idle_transaction: PgConnection,
    _pushgateway: Pushgateway,
    _postgres: Postgres,
    _rules: TempDir,
}

impl Stack {
    pub(crate) async fn start() -> Result<Self, ServiceError> {
        let postgres = Postgres::start().await?;
        let pushgateway = Pushgateway::start().await?;
        let database_url = create_shop_database(postgres.url()).await;
        let shop = Shop::open_on(solution_04_summary::app, database_url.as_str(), 2).await;
        let exporter = serve_exporter(&database_url).await;
        let official_exporter = PostgresExporter::start(database_url.as_str()).await;
        let official_exporter = if_installed(official_exporter, "queries of the official exporter")?;
        let node_exporter = if_installed(NodeExporter::start().await, "queries of the machine")?;
        run_job(&database_url, pushgateway.url());
        let idle_transaction = idle_transaction(&database_url).await;

        let mut targets: Vec<_> = shop.targets.iter().map(|target| ("shop", target.as_str())).collect();
        targets.extend([("exporter", exporter.as_str()), ("pushgateway", without_scheme(pushgateway.url()))]);
        targets.extend(official_exporter.iter().map(|exporter| ("postgres-exporter", without_scheme(exporter.url()))));
        targets.extend(node_exporter.iter().map(|exporter| ("node", exporter.target())));
        let rules = rules_of_each_second();
        let port = free_port()?;
        let itself = format!("127.0.0.1:{port}");
        targets.push(("prometheus", &itself));
        let prometheus = Prometheus::start_at(port, &configuration(&targets, rules.path()), targets.len()).await?;
        Ok(Self {
            shop,
            prometheus,
            node_exporter,
            _official_exporter: official_exporter,
            _idle_transaction: idle_transaction,
            _pushgateway: pushgateway,
            _postgres: postgres,
            _rules: rules,
        })
    }
}

fn without_scheme(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches("/metrics")
}

/// The course's `prometheus.yml`, with addresses for the names of the compose network. Nobody waits for five seconds.
fn configuration(targets: &[(&str, &str)], rules: &Path) -> String {
    let mut configuration: Value = read_yaml(&path("prometheus/prometheus.yml")).unwrap();
    configuration["global"] = json!({ "scrape_interval": "1s", "evaluation_interval": "1s" });
    configuration["rule_files"] = json!([rules.join("*.json")]);
    configuration["alerting"] = json!({});
    let jobs = configuration["scrape_configs"].as_array_mut().unwrap();
    for job in jobs.iter_mut() {
        let addresses = targets.iter().filter(|(name, _)| job["job_name"] == *name).map(|(_, address)| address);
        job["static_configs"] = json!([{ "targets": addresses.collect::<Vec<_>>() }]);
        job.as_object_mut().unwrap().remove("dns_sd_configs");
    }
    configuration.to_string()
}

/// The course's rules, all of them evaluated each second. JSON is YAML.
fn rules_of_each_second() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files(&path("prometheus/rules"), "yml").unwrap() {
        let mut rules: Value = read_yaml(&file).unwrap();
        for group in rules["groups"].as_array_mut().unwrap() {
            group.as_object_mut().unwrap().remove("interval");
        }
        let copy = folder.path().join(file.file_name().unwrap()).with_extension("json");
        std::fs::write(copy, rules.to_string()).unwrap();
    }
    folder
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
    let mut command = Command::new(program::of("solution-06-pushgateway"));
    command.env("DATABASE_URL", database_url.as_str()).env("PUSHGATEWAY_URL", pushgateway_url);
    assert!(command.stderr(Stdio::null()).status().unwrap().success());
}
