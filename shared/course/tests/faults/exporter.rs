//! Faults of a database, and of what is in it, that an exporter has to live with.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use checks::exposition::Page;
use checks::services::if_installed;
use checks::services::link::Link;
use checks::services::postgres::Postgres;
use checks::subject::WatchedDatabase;
use futures_util::future::join_all;
use reqwest::Client;
use solution_05_postgres_exporter::{app, connection};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

const SUCCESS: &str = "pg_scrape_collector_success";
const TABLE_SIZE: &str = "pg_stat_user_tables_table_size_bytes";
const INDEX_SIZE: &str = "pg_stat_user_tables_index_size_bytes";
const DATABASE_SIZE: &str = "pg_database_size_bytes";
/// More than any pool would have connections.
const AT_ONCE: usize = 100;
/// Scrapes of a database in which nobody gets a session.
const IN_VAIN: usize = 8;
/// How many sessions may wait then.
const FEW: i64 = 3;
/// What such a scrape announces, in seconds.
const HASTY: &str = "0.3";
/// Rows of a view that nobody can write in a second.
const MANY: usize = 200_000;
/// What is much longer than the second that is announced, on a busy machine, and much shorter than all these rows take.
const MUCH_LATER: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(20);

/// A database, an exporter that watches it, and a way to injure it.
struct Watched {
    server: PgConnectOptions,
    /// The name of the database, and of the exporter's role.
    name: String,
    page_url: String,
    database: WatchedDatabase,
}

impl Watched {
    /// Nothing where PostgreSQL is not installed.
    async fn start(wanted_for: &str) -> Option<Self> {
        let postgres = if_installed(Postgres::start().await, wanted_for).unwrap()?;
        let server: PgConnectOptions = postgres.url().parse().unwrap();
        let database = WatchedDatabase::create(postgres).await.unwrap();
        let url = database.url_by(&database.address());
        let name = connection::options(&url).unwrap().get_username().to_owned();
        let page_url = serve(&url).await;
        Some(Self { server, name, page_url, database })
    }

    /// A session in the database, as a superuser.
    async fn connect(&self) -> PgConnection {
        self.connect_to(&self.name).await
    }

    async fn connect_to(&self, database: &str) -> PgConnection {
        self.server.clone().database(database).connect().await.unwrap()
    }

    async fn scrape(&self) -> Page {
        scrape(&self.page_url, "10").await
    }

    /// The sessions of the exporter.
    async fn sessions(&self, session: &mut PgConnection) -> i64 {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE usename::text = $1";
        sqlx::query_scalar(count).bind(&self.name).fetch_one(session).await.unwrap()
    }
}

/// Runs our exporter for as long as the test, and gives the address of its page.
async fn serve(database_url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app(connection::pool(connection::options(database_url).unwrap()));
    tokio::spawn(axum::serve(listener, app).into_future());
    format!("http://{address}/metrics")
}

/// Scrapes as Prometheus does: it says how many seconds it waits. Two series that are the same are no page.
async fn scrape(url: &str, announced: &str) -> Page {
    let request = Client::builder().no_proxy().build().unwrap().get(url);
    let answer = request.header("x-prometheus-scrape-timeout-seconds", announced).send().await.unwrap();
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    Page::parse(&content_type, &answer.text().await.unwrap()).unwrap()
}

async fn run(session: &mut PgConnection, sql: &str) {
    session.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
}

fn assert_complete(page: &Page) {
    assert_eq!(page.value("pg_up", &[]), Some(1.0));
    assert_eq!(failed(page), Vec::<String>::new());
    assert_eq!(page.series(SUCCESS).count(), 5);
}

/// The collectors that say that they failed.
fn failed(page: &Page) -> Vec<String> {
    let failed = page.series(SUCCESS).filter(|sample| sample.value == 0.0);
    failed.filter_map(|sample| sample.label("collector").map(str::to_owned)).collect()
}

/// The tables, or databases, that have a series of this metric.
fn labels(page: &Page, metric: &str, label: &str) -> Vec<String> {
    page.series(metric).filter_map(|sample| sample.label(label).map(str::to_owned)).collect()
}

#[tokio::test]
async fn one_connection_is_enough_for_all_collectors_and_all_scrapes() {
    let Some(watched) = Watched::start("an exporter with one connection").await else { return };
    let mut session = watched.connect().await;
    run(&mut session, &format!("ALTER ROLE {} CONNECTION LIMIT 1", watched.name)).await;
    for at_once in [1, 1, 10] {
        join_all((0..at_once).map(|_| watched.scrape())).await.iter().for_each(assert_complete);
    }
}

#[tokio::test]
async fn a_hundred_scrapes_at_once_are_complete_and_need_one_connection() {
    let Some(watched) = Watched::start("a hundred scrapes at once").await else { return };
    let mut session = watched.connect().await;
    join_all((0..AT_ONCE).map(|_| watched.scrape())).await.iter().for_each(assert_complete);
    assert_eq!(watched.sessions(&mut session).await, 1);
}

#[tokio::test]
async fn while_a_catalog_is_locked_few_sessions_wait_and_afterwards_the_page_is_complete() {
    for catalog in ["pg_class", "pg_authid", "pg_database"] {
        let Some(watched) = Watched::start("an exporter beside a locked catalog").await else { return };
        let mut holder = watched.connect().await;
        run(&mut holder, &format!("BEGIN; LOCK TABLE pg_catalog.{catalog} IN ACCESS EXCLUSIVE MODE")).await;
        for _ in 0..IN_VAIN {
            let page = scrape(&watched.page_url, HASTY).await;
            assert_eq!(page.value("pg_up", &[]), Some(0.0), "{catalog}");
        }
        let waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&mut holder).await.unwrap();
        assert!((1..=FEW).contains(&waiting), "{waiting} sessions wait for {catalog}");

        run(&mut holder, "ROLLBACK").await;
        assert_complete(&watched.scrape().await);
    }
}

#[tokio::test]
async fn attempts_whose_answer_is_lost_do_not_keep_later_scrapes_from_connecting() {
    let Some(watched) = Watched::start("a server whose answers are lost").await else { return };
    let link = Link::to(&watched.database.address()).await.unwrap();
    let page_url = serve(&watched.database.url_by(&link.address().to_string())).await;
    link.stall(0);
    for _ in 0..IN_VAIN {
        assert_eq!(scrape(&page_url, HASTY).await.value("pg_up", &[]), Some(0.0));
    }
    // What was sent until now stays without an answer.
    link.resume();
    let deadline = Instant::now() + PATIENCE;
    while scrape(&page_url, "10").await.value("pg_up", &[]) != Some(1.0) {
        assert!(Instant::now() < deadline, "it never connects again");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn names_that_are_not_utf_8_cost_nobody_else_a_series() {
    let Some(watched) = Watched::start("names in another encoding").await else { return };
    let ascii = format!("{}_ascii", watched.name);
    let mut admin = watched.connect().await;
    run(&mut admin, &format!("CREATE DATABASE {ascii} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")).await;
    let mut session = watched.connect_to(&ascii).await;
    run(&mut session, "CREATE TABLE readable (id int)").await;
    for byte in [254, 255] {
        let renamed = format!("{}_{byte}", watched.name);
        run(&mut admin, &format!("CREATE DATABASE {renamed}")).await;
        run(&mut session, &with_byte(byte, "CREATE TABLE \"table_%s\" (id int)")).await;
        run(&mut session, &with_byte(byte, &format!("ALTER DATABASE {renamed} RENAME TO \"{ascii}_%s\""))).await;
    }

    let url = watched.database.url_by(&watched.database.address());
    let page = scrape(&serve(&format!("{}{ascii}", url.trim_end_matches(&watched.name))).await, "10").await;
    assert_complete(&page);
    // Both look alike, so one has to do.
    assert_eq!(labels(&page, TABLE_SIZE, "relname"), ["readable", "table_\u{fffd}"]);
    let page = watched.scrape().await;
    assert_complete(&page);
    let databases = labels(&page, DATABASE_SIZE, "datname");
    assert!(databases.contains(&watched.name) && databases.contains(&format!("{ascii}_\u{fffd}")), "{databases:?}");

    for byte in [254, 255] {
        let name = with_byte(byte, &format!("ALTER DATABASE \"{ascii}_%s\" RENAME TO {}_{byte}", watched.name));
        run(&mut session, &name).await;
    }
}

/// A statement whose `%s` is one byte, which is not UTF-8. A database of the encoding `SQL_ASCII` takes it as it is.
fn with_byte(byte: u8, statement: &str) -> String {
    format!("DO $$ BEGIN EXECUTE format('{statement}', chr({byte})); END $$")
}

#[tokio::test]
async fn what_locks_one_table_costs_the_sizes_of_this_table_alone() {
    let Some(watched) = Watched::start("a locked table among others").await else { return };
    let [mut holder, mut other] = [watched.connect().await, watched.connect().await];
    let tables = ["free", "held", "late"].map(|name| format!("CREATE TABLE {name} (id int PRIMARY KEY, text text)"));
    run(&mut holder, &tables.join(";")).await;
    let toast: String = sqlx::query_scalar("SELECT reltoastrelid::regclass::text FROM pg_class WHERE relname = 'held'")
        .fetch_one(&mut holder)
        .await
        .unwrap();
    for lock in [
        "LOCK TABLE held IN ACCESS EXCLUSIVE MODE".to_owned(),
        "REINDEX INDEX held_pkey".to_owned(),
        format!("REINDEX TABLE {toast}"),
        "TRUNCATE held".to_owned(),
    ] {
        run(&mut holder, &format!("BEGIN; {lock}")).await;
        only_sizes_of_held_are_missing(&watched.scrape().await, &lock);
        run(&mut holder, "ROLLBACK").await;
        assert_complete(&watched.scrape().await);
    }

    // Whoever waits for a lock is in the way of all that come later.
    run(&mut holder, "BEGIN; SELECT FROM held").await;
    let waiting = tokio::spawn(async move { run(&mut other, "BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await });
    let is_waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)";
    while !sqlx::query_scalar::<_, bool>(is_waiting).fetch_one(&mut holder).await.unwrap() {
        assert!(!waiting.is_finished(), "nobody waits for the lock");
        sleep(Duration::from_millis(20)).await;
    }
    only_sizes_of_held_are_missing(&watched.scrape().await, "a session that waits for the lock");
    waiting.abort();
}

fn only_sizes_of_held_are_missing(page: &Page, lock: &str) {
    assert_eq!(failed(page), ["stat_user_tables"], "{lock}");
    for metric in [TABLE_SIZE, INDEX_SIZE] {
        assert_eq!(labels(page, metric, "relname"), ["free", "late"], "{metric}, {lock}");
    }
    let statistics = labels(page, "pg_stat_user_tables_n_tup_ins", "relname");
    assert_eq!(statistics, ["free", "held", "late"], "{lock}");
}

#[tokio::test]
async fn a_database_that_one_may_not_enter_costs_its_own_size_alone() {
    let Some(watched) = Watched::start("a database without CONNECT").await else { return };
    let closed = format!("{}_closed", watched.name);
    let mut admin = watched.connect().await;
    run(&mut admin, &format!("CREATE DATABASE {closed}")).await;
    run(&mut admin, &format!("REVOKE CONNECT ON DATABASE {closed} FROM PUBLIC")).await;
    assert_complete(&watched.scrape().await);

    run(&mut admin, &format!("REVOKE pg_monitor FROM {}", watched.name)).await;
    let page = watched.scrape().await;
    assert_eq!(failed(&page), ["database"]);
    let sizes = labels(&page, DATABASE_SIZE, "datname");
    assert!(sizes.contains(&watched.name) && !sizes.contains(&closed), "{sizes:?}");
}

#[tokio::test]
async fn more_tables_than_there_is_time_for_do_not_make_a_page_late() {
    let Some(watched) = Watched::start("very many tables").await else { return };
    let mut session = watched.connect().await;
    run(&mut session, "CREATE TABLE one (id int); SET allow_system_table_mods = on").await;
    let view: String = sqlx::query_scalar("SELECT pg_get_viewdef('pg_stat_user_tables'::regclass)")
        .fetch_one(&mut session)
        .await
        .unwrap();
    // As many rows as there would be with so many tables, which are slow to make.
    let many = format!("SELECT view.* FROM ({}) AS view, generate_series(1, {MANY})", view.trim_end_matches(';'));
    run(&mut session, &format!("CREATE OR REPLACE VIEW pg_catalog.pg_stat_user_tables AS {many}")).await;

    let started = Instant::now();
    let request = Client::builder().no_proxy().build().unwrap().get(&watched.page_url);
    let answer = request.header("x-prometheus-scrape-timeout-seconds", "1").send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(started.elapsed() < MUCH_LATER, "the page took {:?}", started.elapsed());
    // All of these tables have one name, so that the page is none that could be read.
    for line in ["pg_up 1", "pg_scrape_collector_success{collector=\"settings\"} 1"] {
        assert!(text.lines().any(|other| other == line), "{line} is missing");
    }
    assert!(text.contains("pg_scrape_collector_success{collector=\"stat_user_tables\"} 0"));
}

#[tokio::test]
async fn the_log_says_why_there_is_no_connection() {
    let Some(watched) = Watched::start("what the log says about a database that is down").await else { return };
    // Other tests run the same lines beside this one. Where such a thread had nobody who listens, `tracing` would note that
    // nobody does, for all threads.
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(
        tracing_subscriber::fmt().with_ansi(false).with_writer(Mutex::new(log.clone())).finish(),
    );
    let mut session = watched.connect().await;
    run(&mut session, &format!("ALTER ROLE {} CONNECTION LIMIT 0", watched.name)).await;
    let mut link = Link::to(&watched.database.address()).await.unwrap();
    let page_url = serve(&watched.database.url_by(&link.address().to_string())).await;

    for reason in ["too many connections for role", "gave no answer", "refused"] {
        match reason {
            "gave no answer" => link.stall(0),
            "refused" => link.cut().await,
            _ => {}
        }
        assert_eq!(scrape(&page_url, HASTY).await.value("pg_up", &[]), Some(0.0), "{reason}");
        let text = log.take();
        assert!(text.contains(reason), "{reason} is not in the log:\n{text}");
        assert!(!text.contains("hidden-"), "the password is in the log");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_url_that_would_be_read_wrongly_is_refused() {
    for url in [
        "postgres://monitor:a@b/c@host/shop",
        "postgres://monitor:12/34@host/shop",
        "postgres://monitor:12#34@host/shop",
        "postgres://monitor:12?34@host/shop",
        "postgres://monitor:12#34",
        "host=/var/run/postgresql user=monitor password=secret dbname=shop",
        "mysql://monitor@host/shop",
    ] {
        assert!(connection::options(url).is_none(), "{url}");
    }
}

#[test]
fn each_way_to_name_a_host_is_understood() {
    for (url, address) in [
        ("postgres://monitor:secret@[::1]/shop", "::1:5432"),
        ("postgres://monitor:secret@[::1]:5433/shop", "::1:5433"),
        ("postgres://monitor:secret@db:5433/shop?sslmode=require", "db:5433"),
        ("postgresql://monitor:a%40b%2Fc%23d@db/shop", "db:5432"),
        ("postgres://monitor:a@b@db/shop", "db:5432"),
        ("postgres:///shop?host=/var/run/postgresql&user=monitor", "/var/run/postgresql"),
        ("postgres://monitor@%2Fvar%2Frun%2Fpostgresql/shop", "/var/run/postgresql"),
    ] {
        let options = connection::options(url).unwrap();
        assert_eq!(connection::address(&options), address, "{url}");
    }
}
