//! The queries of the lessons, of the documentation, of the rules and of the dashboards give numbers in a real
//! Prometheus, and make none of the classic mistakes. The panels of the dashboards can show what they get.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;

use checks::services::{ServiceError, if_installed};
use clap::Parser as _;
use course::grafana::{dashboards, scrape_interval};
use course::monitoring::rules;
use course::path;
use instructor::promql::{QueryError, Unit, check, unit};
use lab::cli::Cli;
use lab::course::blocks;
use lab::problem::Exit;
use serde_json::{Value, json};
use tokio::time::Instant;
use walkdir::WalkDir;

use support::graph::Graph;
use support::{Shop, Stack};

/// How long the queries have to become numbers: a rate wants two scrapes, and this machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_VISITS: Duration = Duration::from_millis(500);

#[tokio::test]
async fn every_query_gives_a_number_and_every_panel_can_show_what_it_gets() {
    let Some(stack) = if_installed(Stack::start().await, "the queries of the course").unwrap() else { return };
    tokio::select! {
        () = async { all_give_numbers(&stack).await; all_panels_can_show(&stack).await } => {}
        exit = load(&stack.shop) => panic!("cargo lab load ends with {exit:?}"),
    }
}

/// Customers, for as long as nobody drops this future.
async fn load(shop: &Shop) -> lab::problem::Result<Exit> {
    let url = shop.url("");
    let typed = ["cargo lab", "load", "--url", &url, "--rate", "20", "--duration", "10m"];
    Cli::parse_from(typed).run().await
}

async fn all_give_numbers(stack: &Stack) {
    let Stack { shop, prometheus, .. } = stack;
    let mut without_number = queries();
    without_number.extend(queries_of_panels(scrape_interval().unwrap()));
    without_number.retain(|query| stack.node_exporter.is_some() || !query.contains("node_"));
    let deadline = Instant::now() + PATIENCE;
    while !without_number.is_empty() && Instant::now() < deadline {
        shop.visit().await;
        tokio::time::sleep(BETWEEN_VISITS).await;
        let mut still_without = Vec::new();
        for query in without_number {
            if !has_number(&prometheus.query(&query).await) {
                still_without.push(query);
            }
        }
        without_number = still_without;
    }
    for query in &without_number {
        println!("{query}\ngives {:?}", prometheus.query(query).await);
    }
    assert_eq!(without_number, Vec::<String>::new());
    // An alert gives nothing when all is well, but it must not fail.
    for alert in alerts() {
        assert!(prometheus.query(&alert).await.is_ok(), "{alert}\ngives {:?}", prometheus.query(&alert).await);
    }
}

/// A graph ends a little before now, so what a query gives now may not be on it yet.
async fn all_panels_can_show(stack: &Stack) {
    let mut graphs: Vec<_> = dashboards().unwrap().into_iter().flat_map(Graph::of).collect();
    graphs.retain(|graph| stack.node_exporter.is_some() || !graph.asks_for("node_"));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut problems = Vec::new();
        for graph in &graphs {
            problems.extend(graph.judge(stack.prometheus.url()).await.err());
        }
        if problems.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{}", problems.join("\n"));
        stack.shop.visit().await;
        tokio::time::sleep(BETWEEN_VISITS).await;
    }
}

#[test]
fn the_lessons_have_the_five_queries_that_every_course_has() {
    let without_spaces = |promql: &str| promql.split_whitespace().collect::<String>();
    let queries: Vec<_> = queries_of_lessons().iter().map(|query| without_spaces(query)).collect();
    let has = |parts: &[&str]| queries.iter().any(|query| parts.iter().all(|part| query.contains(part)));

    assert!(has(&["sum(rate(http_requests_total[1m]))"]), "requests per second: {queries:#?}");
    assert!(
        has(&["http_request_duration_seconds_sum", "/", "http_request_duration_seconds_count"]),
        "mean latency: {queries:#?}"
    );
    assert!(has(&["sum(http_requests_in_progress)"]), "requests in progress: {queries:#?}");
    assert!(has(&["sum(rate(http_exceptions_total[1m]))by(exception_type)"]), "exceptions: {queries:#?}");
    assert!(has(&["histogram_quantile(0.95,", "http_request_duration_seconds_bucket"]), "95 %: {queries:#?}");
}

#[test]
fn no_query_makes_a_classic_mistake() {
    // A window that Grafana chooses is long enough: here, a minute. A mistake is one that somebody has written.
    let panels = queries_of_panels(Duration::from_secs(15));
    let all = queries().into_iter().chain(panels).chain(alerts());
    let mistakes = all.filter_map(|query| check(&query).err().map(|error| (query, error)));
    assert_eq!(mistakes.collect::<Vec<_>>(), []);
}

#[test]
fn what_a_panel_cannot_show_is_a_problem() {
    let shows = |field: Value, answers: Value| graph("", field).show(serde_json::from_value(answers).unwrap());
    let line = |path: &str, value: &str| json!({ "metric": { "path": path }, "values": [[1, value], [2, "NaN"]] });
    let problem = |field: Value, answers: Value, expected: &str| {
        let problem = shows(field, answers).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    };

    assert_eq!(shows(json!({}), json!([[line("/", "1.5"), line("/items", "2")]])), Ok(()));
    problem(json!({}), json!([[]]), "no number");
    problem(json!({}), json!([[line("/", "NaN")]]), "no number");
    problem(json!({}), json!([[line("/", "1"), line("/", "2")]]), "a second line");
    problem(json!({}), json!([[{ "metric": { "method": "GET" }, "values": [[1, "1"]] }]]), "no label path");
    problem(json!({ "decimals": 0 }), json!([[line("/", "1.5")]]), "gives 1.5");
    problem(json!({ "min": 0 }), json!([[line("/", "-1")]]), "gives -1");
    problem(json!({ "max": 10 }), json!([[line("/", "11")]]), "gives 11");

    let share = json!({ "unit": "percentunit" });
    assert_eq!(shows(share.clone(), json!([[line("/", "1.04")]])), Ok(()));
    problem(share.clone(), json!([[line("/", "1.5")]]), "gives 1.5");
    let said = graph("It may be more than 100 %.", share);
    assert_eq!(said.show(serde_json::from_value(json!([[line("/", "1.5")]])).unwrap()), Ok(()));

    let words = json!({ "mappings": [{ "type": "value", "options": { "0": { "text": "DOWN" } } }] });
    assert_eq!(shows(words.clone(), json!([[line("/", "0")]])), Ok(()));
    problem(words, json!([[line("/", "1")]]), "gives 1");
}

/// A graph with one query, whose lines are named by their `path`.
fn graph(description: &str, field: Value) -> Graph {
    let dashboard = json!({
        "uid": "", "title": "", "time": { "from": "now-15m", "to": "now" },
        "panels": [{
            "title": "", "description": description, "type": "timeseries", "gridPos": { "x": 0, "y": 0, "w": 1, "h": 1 },
            "fieldConfig": { "defaults": field },
            "targets": [{ "expr": "x", "legendFormat": "{{path}}" }],
        }],
    });
    Graph::of(serde_json::from_value(dashboard).unwrap()).remove(0)
}

#[test]
fn what_is_no_promql_is_a_mistake() {
    assert!(matches!(check("sum(rate(http_requests_total[1m])"), Err(QueryError::Syntax(_))));
}

#[test]
fn a_rate_of_a_gauge_is_a_mistake() {
    let error = check("sum(rate(http_requests_in_progress[1m]))");
    assert!(matches!(error, Err(QueryError::RateOfGauge { .. })), "{error:?}");
}

#[test]
fn a_rate_of_a_sum_is_a_mistake() {
    let error = check("rate(sum(http_requests_total)[1m:])");
    assert!(matches!(error, Err(QueryError::RateOfExpression(_))), "{error:?}");
}

#[test]
fn a_window_that_holds_few_scrapes_is_a_mistake() {
    let error = check("increase(http_requests_total[15s])");
    assert!(matches!(error, Err(QueryError::ShortWindow { .. })), "{error:?}");
}

#[test]
fn an_average_of_a_summarys_quantiles_is_a_mistake() {
    assert_eq!(check("avg(db_query_duration_seconds{quantile=\"0.95\"})"), Err(QueryError::CombinedQuantiles));
}

#[test]
fn a_sum_of_computed_quantiles_is_a_mistake() {
    let query = "sum(histogram_quantile(0.95, sum by (le, path) (rate(http_request_duration_seconds_bucket[5m]))))";
    assert_eq!(check(query), Err(QueryError::CombinedQuantiles));
}

#[test]
fn a_quantile_of_buckets_that_are_summed_up_is_a_mistake() {
    let query = "histogram_quantile(0.95, sum by (path) (rate(http_request_duration_seconds_bucket[5m])))";
    assert_eq!(check(query), Err(QueryError::NoBuckets));
}

#[test]
fn a_mean_of_a_summary_is_no_mistake() {
    let query = "sum(rate(db_query_duration_seconds_sum[1m])) / sum(rate(db_query_duration_seconds_count[1m]))";
    assert_eq!(check(query), Ok(()));
}

#[test]
fn a_quantile_of_buckets_is_no_mistake() {
    let query = "histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket[5m])) by (le, path))";
    assert_eq!(check(query), Ok(()));
}

#[test]
fn a_rate_of_seconds_is_a_share() {
    assert_eq!(unit("sum(rate(db_query_duration_seconds_sum[1m]))"), Ok(Some(Unit::Share)));
}

#[test]
fn seconds_per_second_by_requests_per_second_are_seconds() {
    let query = "sum(rate(db_query_duration_seconds_sum[1m])) / sum(rate(db_query_duration_seconds_count[1m]))";
    assert_eq!(unit(query), Ok(Some(Unit::Seconds)));
}

#[test]
fn a_quantile_of_a_histogram_is_measured_as_the_histogram() {
    let query = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))";
    assert_eq!(unit(query), Ok(Some(Unit::Seconds)));
}

#[test]
fn errors_by_requests_are_a_share_also_without_an_error() {
    let query = "(sum(rate(http_exceptions_total[1m])) or vector(0)) / sum(rate(http_requests_total[1m]))";
    assert_eq!(unit(query), Ok(Some(Unit::Share)));
}

#[test]
fn a_recorded_rate_is_per_second() {
    assert_eq!(unit("max(job:http_requests:rate5m)"), Ok(Some(Unit::PerSecond)));
}

#[test]
fn the_age_of_a_timestamp_is_in_seconds() {
    assert_eq!(unit("time() - batch_last_success_timestamp_seconds"), Ok(Some(Unit::Seconds)));
}

#[test]
fn seconds_and_bytes_make_no_sum() {
    assert_eq!(unit("time() + app_memory_bytes"), Err(QueryError::MixedUnits));
}

fn has_number(values: &Result<Vec<f64>, ServiceError>) -> bool {
    values.as_ref().is_ok_and(|values| values.iter().any(|value| !value.is_nan()))
}

/// Those of the dashboards, as Grafana sends them where each scrape is this long after the last one.
fn queries_of_panels(scrape_interval: Duration) -> Vec<String> {
    let targets =
        dashboards().unwrap().into_iter().flat_map(|dashboard| dashboard.panels).flat_map(|panel| panel.targets);
    targets.map(|target| target.query(scrape_interval)).collect()
}

/// All that is to give numbers, but for those of the dashboards.
fn queries() -> Vec<String> {
    let mut queries = queries_of_lessons();
    let chapters = WalkDir::new(path("docs/src")).into_iter().map(|file| file.unwrap().into_path());
    queries.extend(
        chapters.filter(|file| file.extension().is_some_and(|end| end == "md")).flat_map(|file| queries_of(&file)),
    );
    queries.extend(queries_of(&path("kubernetes/README.md")));
    queries.extend(rules().unwrap().into_iter().filter(|rule| rule.record.is_some()).map(|rule| rule.expr));
    queries.sort();
    queries.dedup();
    queries
}

/// What is to give something only when something is wrong.
fn alerts() -> Vec<String> {
    rules().unwrap().into_iter().filter(|rule| rule.alert.is_some()).map(|rule| rule.expr).collect()
}

/// What the lessons' READMEs have in blocks of the language `promql`.
fn queries_of_lessons() -> Vec<String> {
    let folders = path("lessons").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let readmes: Vec<PathBuf> = folders.map(|folder| folder.join("README.md")).filter(|file| file.is_file()).collect();
    readmes.iter().flat_map(|readme| queries_of(readme)).collect()
}

fn queries_of(readme: &Path) -> Vec<String> {
    blocks::of(&std::fs::read_to_string(readme).unwrap(), "promql")
}
