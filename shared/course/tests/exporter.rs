//! Our exporter beside the official one, and under a Prometheus whose database goes away.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::time::Duration;

use checks::exposition::{Family, Labels, MetricType, Page, Sample};
use checks::services::if_installed;
use checks::services::link::Link;
use checks::services::postgres::Postgres;
use checks::services::postgres_exporter::PostgresExporter;
use checks::services::prometheus::Prometheus;
use checks::subject::WatchedDatabase;
use reqwest::Client;
use solution_05_postgres_exporter::{app, connection};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// How long the two pages have to agree, and Prometheus to notice: this machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Long enough for an exporter that waits two seconds for a database that is down.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(5);

#[tokio::test]
async fn what_both_exporters_have_is_the_same() {
    let Some(postgres) = if_installed(Postgres::start().await, "our exporter beside the official one").unwrap() else {
        return;
    };
    let database = WatchedDatabase::create(postgres).await.unwrap();
    let url = database.url_by(&database.address());
    let official = PostgresExporter::start(&url).await;
    let Some(official) = if_installed(official, "our exporter beside the official one").unwrap() else { return };
    let ours = format!("http://{}/metrics", serve(&url).await);

    let deadline = Instant::now() + PATIENCE;
    let mut comparison = compare(&ours, official.url()).await;
    while !comparison.differences.is_empty() && Instant::now() < deadline {
        sleep(POLL_INTERVAL).await;
        comparison = compare(&ours, official.url()).await;
    }
    let Comparison { differences, same_series, only_ours, only_official } = comparison;
    assert!(
        differences.is_empty(),
        "\n{}\n\n{same_series} series are the same.\n\nOnly ours has: {}\n\nOnly the official one has: {}\n",
        differences.join("\n"),
        only_ours.join(", "),
        only_official.join(", "),
    );
    // An empty page would have no difference, either.
    assert!(same_series > 300, "only {same_series} series are on both pages");
}

#[tokio::test]
async fn a_database_that_goes_away_and_comes_back_leaves_no_gap() {
    let Some(postgres) = if_installed(Postgres::start().await, "an outage under Prometheus").unwrap() else { return };
    let database = WatchedDatabase::create(postgres).await.unwrap();
    let mut link = Link::to(&database.address()).await.unwrap();
    let target = serve(&database.url_by(&link.address().to_string())).await;
    let prometheus = Prometheus::start_every(SCRAPE_INTERVAL, &[&target]).await;
    let Some(prometheus) = if_installed(prometheus, "an outage under Prometheus").unwrap() else { return };

    becomes(&prometheus, "pg_up", 1.0).await;
    link.cut().await;
    becomes(&prometheus, "pg_up", 0.0).await;
    link.restore().await.unwrap();
    becomes(&prometheus, "pg_up", 1.0).await;
    becomes(&prometheus, "min_over_time(up[10m])", 1.0).await;
    becomes(&prometheus, "count_over_time(pg_up[10m]) == bool count_over_time(up[10m])", 1.0).await;
}

/// Runs our exporter for as long as the test, and says where.
async fn serve(database_url: &str) -> String {
    let app = app(connection::pool(database_url.parse().unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

/// Waits until a query has this one value.
async fn becomes(prometheus: &Prometheus, query: &str, value: f64) {
    let deadline = Instant::now() + PATIENCE;
    let mut values = prometheus.query(query).await.unwrap();
    while values != [value] && Instant::now() < deadline {
        sleep(POLL_INTERVAL).await;
        values = prometheus.query(query).await.unwrap();
    }
    assert_eq!(values, [value], "{query}");
}

/// What two pages have in common, and what not.
#[derive(Default)]
struct Comparison {
    /// What differs, in one sentence each.
    differences: Vec<String>,
    same_series: usize,
    only_ours: Vec<String>,
    only_official: Vec<String>,
}

/// The official page is read before and after ours: what stays the same there has to be the same on ours.
async fn compare(ours: &str, official: &str) -> Comparison {
    let before = scrape(official).await;
    let ours = scrape(ours).await;
    let after = scrape(official).await;

    let mut comparison = Comparison::default();
    for theirs in after.families.iter().filter(|family| family.name.starts_with("pg_")) {
        match ours.family(&theirs.name) {
            Some(ours) => comparison.add(ours, theirs, before.family(&theirs.name)),
            None => comparison.only_official.push(theirs.name.clone()),
        }
    }
    let is_only_ours = |family: &&Family| after.family(&family.name).is_none();
    comparison.only_ours = ours.families.iter().filter(is_only_ours).map(|family| family.name.clone()).collect();
    comparison
}

async fn scrape(url: &str) -> Page {
    let page = Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    let content_type = page.headers()["content-type"].to_str().unwrap().to_owned();
    let text = page.text().await.unwrap();
    let lines = text.lines().filter(|line| !is_wrong_time(line)).map(|line| format!("{line}\n"));
    Page::parse(&content_type, &lines.collect::<String>()).unwrap()
}

impl Comparison {
    fn add(&mut self, ours: &Family, theirs: &Family, before: Option<&Family>) {
        let name = &theirs.name;
        if theirs.metric_type != MetricType::Untyped && ours.metric_type != theirs.metric_type {
            self.differences
                .push(format!("{name}: a {} in ours, a {} in the official one", ours.metric_type, theirs.metric_type));
        }
        if ABOUT_THE_EXPORTER.iter().any(|prefix| name.starts_with(prefix)) {
            return;
        }
        for sample in theirs.samples.iter().filter(|sample| !is_left_out_on_purpose(sample)) {
            let earlier = before.and_then(|family| find(family, &sample.labels)).map(|sample| sample.value);
            self.add_series(ours, sample, earlier);
        }
        let is_extra = |ours: &&Sample| {
            !theirs.samples.iter().any(|sample| describes(sample, ours)) && !stands_for_the_exporters(ours, theirs)
        };
        let extra = ours.samples.iter().filter(is_extra).filter(|sample| sample.name != NEVER_RESET);
        self.differences.extend(extra.map(|sample| format!("only ours has {}", sample.line)));
    }

    fn add_series(&mut self, ours: &Family, theirs: &Sample, earlier: Option<f64>) {
        let matching: Vec<_> = ours.samples.iter().filter(|sample| describes(theirs, sample)).collect();
        if matching.is_empty() {
            return self.differences.push(format!("only the official one has {}", theirs.line));
        }
        let value = combined(&theirs.name, &matching);
        if value == theirs.value || earlier != Some(theirs.value) || is_different_on_purpose(theirs) {
            self.same_series += 1;
        } else {
            self.differences.push(format!("{}: in ours it is {value}", theirs.line));
        }
    }
}

/// What each exporter says about itself. There the label `collector` has other values.
const ABOUT_THE_EXPORTER: [&str; 2] = ["pg_exporter_", "pg_scrape_collector_"];
/// The family that had fewer labels in the official version of Debian 12. Current ones have those of ours.
const ACTIVITY: &str = "pg_stat_activity_";
/// What the sessions of both exporters call themselves. The official one keeps some between two scrapes, opens others for
/// each of them, and counts all but the one that asks. Ours leaves its own out.
const EXPORTERS: [&str; 2] = ["postgres-exporter", checks::services::postgres_exporter::PROGRAM];
const NEVER_RESET: &str = "pg_stat_database_stats_reset";

fn find<'a>(family: &'a Family, labels: &Labels) -> Option<&'a Sample> {
    family.samples.iter().find(|sample| sample.labels == *labels)
}

/// Whether a series of ours has the labels of an official one, which is described in `docs/src/exporter.md`: without
/// `server`, and with more labels in `pg_stat_activity_*`.
fn describes(official: &Sample, ours: &Sample) -> bool {
    let labels: BTreeSet<_> = official.labels.iter().filter(|(label, _)| *label != "server").collect();
    let ours_labels: BTreeSet<_> = ours.labels.iter().collect();
    if official.name.starts_with(ACTIVITY) { labels.is_subset(&ours_labels) } else { labels == ours_labels }
}

/// The value of all series of ours that are one in the official version of Debian.
fn combined(name: &str, samples: &[&Sample]) -> f64 {
    let values = samples.iter().map(|sample| sample.value);
    if name.ends_with("_count") { values.sum() } else { values.fold(f64::NEG_INFINITY, f64::max) }
}

/// The row of `pg_stat_database` for what belongs to no database, which current versions leave out. And the exporters' own
/// sessions.
fn is_left_out_on_purpose(official: &Sample) -> bool {
    official.label("datname") == Some("") || is_of_the_exporters(official)
}

fn is_of_the_exporters(sample: &Sample) -> bool {
    sample.label("application_name").is_some_and(|name| EXPORTERS.contains(&name))
}

/// Where nobody else is in this state, ours shows that there is nobody, and the official page has the exporters.
fn stands_for_the_exporters(ours: &Sample, theirs: &Family) -> bool {
    let is_same_state = |official: &&Sample| {
        ["datname", "state"].iter().all(|label| official.label(label) == ours.label(label))
            && is_of_the_exporters(official)
    };
    let is_of_nobody = is_of_the_exporters(ours) || ours.label("usename") == Some("") && ours.value == 0.0;
    is_of_nobody && theirs.samples.iter().any(|official| is_same_state(&official))
}

/// A time that never was is NaN in the official version of Debian, which no counter may be. In current ones, it is 0.
fn is_wrong_time(line: &str) -> bool {
    line.starts_with(NEVER_RESET) && line.ends_with(" NaN")
}

/// As `docs/src/exporter.md` says: our own sessions are left out of the activity, which the version of Debian 12 does not
/// tell apart. Whoever reads `pg_locks` holds locks. And there are as many sessions as are needed for reading.
fn is_different_on_purpose(official: &Sample) -> bool {
    let is_busy = official.label("state").is_some_and(|state| state == "active" || state == "idle");
    let may_be_an_exporter =
        official.name.starts_with(ACTIVITY) && is_busy && official.label("application_name").is_none();
    let is_reading = official.name == "pg_locks_count" && official.label("mode") == Some("accesssharelock");
    let is_connected = official.name == "pg_stat_database_numbackends" && official.value > 0.0;
    may_be_an_exporter || is_reading || is_connected
}
