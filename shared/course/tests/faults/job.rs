//! The batch job. A run is a success only if it was one, whatever the database does, leaves nothing behind in the
//! database, and tells no secret.

#[path = "../support/program.rs"]
mod program;

use std::fs;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use checks::services::if_installed;
use checks::services::postgres::Postgres;
use checks::services::pushgateway::Pushgateway;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Url;
use shop::{Config, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::namespace::by_way_of_a_namespace;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(45);
/// More carts than the pages of a full disk have room for.
const MANY_CARTS: &str = "INSERT INTO carts (session, created_at, updated_at) WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000) SELECT 'cart-' || CAST(n AS TEXT), 0, 0 FROM numbers";
const ONE_CART: &str = "INSERT INTO carts (session, created_at, updated_at) VALUES ('ana', 0, 0)";

#[tokio::test]
async fn a_file_that_is_not_there_is_a_failed_run_and_is_not_made() {
    let Some(gateway) = gateway().await else { return };
    let folder = TempDir::new().unwrap();
    for query in ["", "?mode=rwc", "?cache=private&mode=rwc", "?mode=%72wc"] {
        let run = run(&format!("sqlite:{}/shpo.db{query}", folder.path().display()), gateway.url()).await;
        is_failed(&run, "file and folder");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "a file is made for `{query}`");
    }
    failure_is_pushed(&gateway).await;
}

#[tokio::test]
async fn cron_in_the_wrong_folder_is_a_failed_run() {
    let folder = TempDir::new().unwrap();
    let mut command = job("unused", &refusing_gateway());
    command.env_remove("DATABASE_URL").current_dir(&folder);
    is_failed(&command.output().await.unwrap(), "sqlite:shop.db");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_database_without_tables_is_a_failed_run_and_gets_none() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, "").unwrap();
    for url in [&format!("sqlite:{}", file.display()), "sqlite::memory:", "sqlite:file:shop?mode=memory"] {
        is_failed(&run(url, &refusing_gateway()).await, "no such table: carts");
    }
    let Some(database) = Database::empty().await else { return };
    is_failed(&run(database.url(), &refusing_gateway()).await, "\"carts\" does not exist");
    let mut connection = database.connect().await;
    let tables = sqlx::query_as("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'");
    let (tables,): (i64,) = tables.fetch_one(&mut connection).await.unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn a_transaction_that_sqlite_has_rolled_back_is_a_failed_run() {
    let Some(gateway) = gateway().await else { return };
    let folder = TempDir::new().unwrap();
    let store = shop(&folder.path().join("shop.db"), ONE_CART).await;
    let trigger = "CREATE TRIGGER gives_up AFTER DELETE ON carts BEGIN SELECT RAISE(ROLLBACK, 'no more'); END";
    store.pool().execute(trigger).await.unwrap();
    let run = run(&format!("sqlite:{}/shop.db", folder.path().display()), gateway.url()).await;
    is_failed(&run, "no more");
    assert_eq!(store.count_open_carts().await.unwrap(), 1);
    failure_is_pushed(&gateway).await;
}

/// The disk is a file system in memory, which this process alone sees, and which is full but for a few pages.
#[tokio::test]
async fn a_full_disk_is_a_failed_run() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.db");
    shop(&file, MANY_CARTS).await.close().await;
    let script = format!(
        "mount -t tmpfs -o size=1m tmpfs /mnt && cp {} /mnt/shop.db && head -c 65536 /dev/zero > /mnt/room && {{ cat /dev/zero > /mnt/ballast 2>&-; rm /mnt/room; }} && exec \"$@\"",
        file.display()
    );
    let Some(words) = by_way_of_a_namespace(&script, "a batch job on a full disk") else { return };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(program::of("solution-06-pushgateway"));
    command.env("DATABASE_URL", "sqlite:/mnt/shop.db").env("PUSHGATEWAY_URL", refusing_gateway());
    let run = command.output().await.unwrap();
    is_failed(&run, "full");
}

#[tokio::test]
async fn a_row_that_somebody_has_locked_is_a_failed_run() {
    let (Some(gateway), Some(database)) = (gateway().await, Database::with_a_cart().await) else { return };
    let mut somebody = database.connect().await;
    let mut lock = somebody.begin().await.unwrap();
    lock.execute("UPDATE carts SET updated_at = 0").await.unwrap();
    let run = run(database.url(), gateway.url()).await;
    is_failed(&run, "lock timeout");
    failure_is_pushed(&gateway).await;
    lock.rollback().await.unwrap();
    assert_eq!(database.carts().await, 1);
}

#[tokio::test]
async fn a_dry_run_does_not_wait_for_ever_either() {
    let Some(database) = Database::with_a_cart().await else { return };
    let mut somebody = database.connect().await;
    let mut lock = somebody.begin().await.unwrap();
    lock.execute("LOCK TABLE carts").await.unwrap();
    let run =
        timeout(PATIENCE, job(database.url(), &refusing_gateway()).arg("--dry-run").output()).await.unwrap().unwrap();
    is_failed(&run, "lock timeout");
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_no_query_in_the_database() {
    let Some(database) = Database::with_a_cart().await else { return };
    let mut somebody = database.connect().await;
    let mut lock = somebody.begin().await.unwrap();
    lock.execute("UPDATE carts SET updated_at = 0").await.unwrap();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        is_failed(&database.stopped(signal).await, "stopped by a signal");
        database.is_left_alone().await;
    }
    lock.rollback().await.unwrap();
    assert_eq!(database.carts().await, 1);
}

#[tokio::test]
async fn a_run_that_is_killed_in_a_slow_query_leaves_none_in_the_database() {
    let Some(database) = Database::with_a_cart().await else { return };
    let mut connection = database.connect().await;
    for statement in [
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN OLD; END'",
        "CREATE TRIGGER slow BEFORE DELETE ON carts FOR EACH ROW EXECUTE FUNCTION wait()",
    ] {
        connection.execute(statement).await.unwrap();
    }
    let run = database.stopped(Signal::SIGKILL).await;
    assert_eq!(run.status.code(), None);
    database.is_left_alone().await;
    assert_eq!(database.carts().await, 1);
}

#[tokio::test]
async fn a_connection_that_is_cut_off_is_a_failed_run() {
    let Some(database) = Database::with_a_cart().await else { return };
    let mut somebody = database.connect().await;
    let mut lock = somebody.begin().await.unwrap();
    lock.execute("UPDATE carts SET updated_at = 0").await.unwrap();
    let run = database.start(&refusing_gateway());
    database.deletes().await;
    database
        .connect()
        .await
        .execute(AssertSqlSafe(format!("SELECT pg_terminate_backend(pid) {OTHERS}")))
        .await
        .unwrap();
    is_failed(&end(run).await, "terminating connection");
    lock.rollback().await.unwrap();
    assert_eq!(database.carts().await, 1);
}

#[tokio::test]
async fn nothing_of_the_gateways_url_is_told_but_where_it_is() {
    let gateway = &*REFUSING_GATEWAY;
    let folder = TempDir::new().unwrap();
    shop(&folder.path().join("shop.db"), ONE_CART).await.close().await;
    let database_url = format!("sqlite:{}/shop.db", folder.path().display());
    for url in [
        format!("http://tok3n@{gateway}"),
        format!("http://{gateway}/gateways/tok3n/"),
        format!("http://{gateway}/?key=tok3n#tok3n"),
        "http://tok3n:tok3n@127.0.0.1:1/tok3n".to_owned(),
    ] {
        for arguments in [&[][..], &["--dry-run"], &["--delete-group"]] {
            let run = timeout(PATIENCE, job(&database_url, &url).args(arguments).output()).await.unwrap().unwrap();
            tells_no_token(&run);
            assert!(words(&run).contains(Url::parse(&url).unwrap().host_str().unwrap()) || arguments.is_empty());
        }
    }
    for url in ["https://tok3n@127.0.0.1", "tok3n", "http://tok3n:x@[::1/", "http://127.0.0.1:tok3n"] {
        let run = run(&database_url, url).await;
        assert_eq!(run.status.code(), Some(2));
        tells_no_token(&run);
    }
}

#[tokio::test]
async fn nothing_of_the_databases_url_is_told_that_may_be_a_password() {
    let gateway_url = refusing_gateway();
    for url in [
        "postgres://ana:tok3n@127.0.0.1:1/shop",
        "postgres://ana:1/tok3n@127.0.0.1/shop",
        "postgres://127.0.0.1:1/shop?password=tok3n&pasword=tok3n#tok3n",
        "postgres://127.0.0.1:1/shop#tok3n",
        "postgres://ana:tok3n@[::1/shop",
        "sqlite:/no/such/folder/shop.db?key=tok3n#tok3n",
        "tok3n",
    ] {
        for arguments in [&[][..], &["--dry-run"]] {
            let run = job(url, &gateway_url).args(arguments).output();
            let run = timeout(PATIENCE, run).await.unwrap().unwrap();
            assert_eq!(run.status.code(), Some(1), "{url}");
            tells_no_token(&run);
        }
    }
}

/// The other sessions of a database.
const OTHERS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'DELETE%'";

/// A PostgreSQL with a database of its own.
struct Database {
    url: Url,
    _server: Postgres,
}

impl Database {
    /// A database without tables, where PostgreSQL is installed.
    async fn empty() -> Option<Self> {
        let server = if_installed(Postgres::start().await, "the batch job in trouble with PostgreSQL").unwrap()?;
        let mut url: Url = server.url().parse().unwrap();
        let mut connection = connect(&url).await;
        let name = format!("faults_{}", std::process::id());
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        url.set_path(&name);
        Some(Self { url, _server: server })
    }

    /// The shop's database, with an abandoned cart.
    async fn with_a_cart() -> Option<Self> {
        let database = Self::empty().await?;
        let store = Store::connect(&config(database.url())).await.unwrap();
        store.pool().execute(ONE_CART).await.unwrap();
        store.close().await;
        Some(database)
    }

    fn url(&self) -> &str {
        self.url.as_str()
    }

    async fn connect(&self) -> PgConnection {
        connect(&self.url).await
    }

    async fn carts(&self) -> i64 {
        let (carts,) = sqlx::query_as("SELECT COUNT(*) FROM carts").fetch_one(&mut self.connect().await).await.unwrap();
        carts
    }

    fn start(&self, gateway_url: &str) -> Child {
        job(self.url(), gateway_url).spawn().unwrap()
    }

    /// A run that gets a signal as soon as its deletion waits.
    async fn stopped(&self, signal: Signal) -> Output {
        let run = self.start(&refusing_gateway());
        self.deletes().await;
        kill(Pid::from_raw(run.id().unwrap().try_into().unwrap()), signal).unwrap();
        end(run).await
    }

    /// Waits until somebody else is in the midst of a deletion.
    async fn deletes(&self) {
        self.until("runs", |active| active > 0).await;
    }

    /// Waits until nobody is.
    async fn is_left_alone(&self) {
        self.until("is left behind", |active| active == 0).await;
    }

    async fn until(&self, what: &str, good: impl Fn(i64) -> bool) {
        let mut connection = self.connect().await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let active = format!("SELECT COUNT(*) {OTHERS} AND state = 'active'");
            let (active,) = sqlx::query_as(AssertSqlSafe(active)).fetch_one(&mut connection).await.unwrap();
            if good(active) {
                return;
            }
            assert!(Instant::now() < deadline, "{active} deletions: none {what}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn connect(url: &Url) -> PgConnection {
    url.as_str().parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

fn config(database_url: &str) -> Config {
    Config::from_variables(|name| (name == "DATABASE_URL").then(|| database_url.to_owned())).unwrap()
}

/// The shop in a file of SQLite, with carts.
async fn shop(file: &Path, carts: &'static str) -> Store {
    let store = Store::connect(&config(&format!("sqlite:{}", file.display()))).await.unwrap();
    store.pool().execute(carts).await.unwrap();
    store
}

async fn gateway() -> Option<Pushgateway> {
    if_installed(Pushgateway::start().await, "the batch job in trouble with its database").unwrap()
}

/// A gateway, or the proxy in front of it, that says which page it does not have. No run asks it twice.
static REFUSING_GATEWAY: LazyLock<String> = LazyLock::new(|| {
    let app = Router::new().fallback(async |uri: Uri| (StatusCode::NOT_FOUND, format!("there is no page {uri}")));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // For as long as the tests run.
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { axum::serve(TcpListener::from_std(listener).unwrap(), app).await })
    });
    address
});

fn refusing_gateway() -> String {
    format!("http://{}", *REFUSING_GATEWAY)
}

/// The job with carts of any age.
fn job(database_url: &str, gateway_url: &str) -> Command {
    let mut command = Command::new(program::of("solution-06-pushgateway"));
    command.env("DATABASE_URL", database_url).env("PUSHGATEWAY_URL", gateway_url).env("NO_PROXY", "127.0.0.1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn run(database_url: &str, gateway_url: &str) -> Output {
    end(job(database_url, gateway_url).spawn().unwrap()).await
}

async fn end(run: Child) -> Output {
    timeout(PATIENCE, run.wait_with_output()).await.unwrap().unwrap()
}

fn words(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

fn is_failed(run: &Output, reason: &str) {
    let code = ExitStatus::code(&run.status);
    let complained = String::from_utf8_lossy(&run.stderr);
    assert_eq!(code, Some(1), "{}", words(run));
    assert!(complained.contains(reason), "no word of `{reason}`: {complained}");
    assert!(run.stdout.is_empty(), "{}", words(run));
}

fn tells_no_token(run: &Output) {
    assert!(!words(run).contains("tok3n"), "{}", words(run));
}

/// The gateway knows of a run that failed, and of none that succeeded.
async fn failure_is_pushed(gateway: &Pushgateway) {
    let page = reqwest::get(format!("{}/metrics", gateway.url())).await.unwrap().text().await.unwrap();
    assert!(page.contains("batch_carts_expired{instance=\"\",job=\"expire_carts\"} 0"), "{page}");
    assert!(!page.contains("batch_last_success_timestamp_seconds{"), "{page}");
}
