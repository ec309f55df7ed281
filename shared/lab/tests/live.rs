//! The live page: what it draws of a page, and who may ask.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lab::arguments::TypedUrl;
use lab::live::target::Target;
use lab::live::{Live, Subject};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// How long something may take to be told of, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// An app whose page a test writes.
#[derive(Clone)]
struct App {
    url: String,
    answer: Arc<Mutex<Answer>>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    location: Option<String>,
    page: String,
    requests: usize,
}

impl App {
    async fn with(page: &str) -> Self {
        let answer = Answer { status: StatusCode::OK, location: None, page: page.to_owned(), requests: 0 };
        let answer = Arc::new(Mutex::new(answer));
        let shared = Arc::clone(&answer);
        let reply = async move || {
            let mut answer = shared.lock().unwrap();
            answer.requests += 1;
            answer.clone().into_response()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, Router::new().route("/metrics", get(reply))).await });
        Self { url, answer }
    }

    fn shows(&self, page: &str) {
        self.answer.lock().unwrap().page = page.to_owned();
    }

    fn answers(&self, status: StatusCode) {
        self.answer.lock().unwrap().status = status;
    }

    fn target(&self) -> Target {
        Target::parse(&TypedUrl::from(self.url.clone())).unwrap()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, "text/plain; version=0.0.4")], self.page).into_response();
        if let Some(location) = self.location {
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
        }
        response
    }
}

/// The live page of some apps, as a browser sees it.
struct Seen {
    live: Live,
    client: Client,
}

impl Seen {
    async fn of(apps: &[&App]) -> Self {
        let targets = apps.iter().map(|app| app.target()).collect();
        let subject = Subject { title: "a test".to_owned(), targets, shop: None, prometheus: None };
        Self { live: Live::start(subject).await.unwrap(), client: Client::builder().no_proxy().build().unwrap() }
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.live.url())).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }

    /// Asks until the answer is good.
    async fn wait(&self, path: &str, is_good: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.json(path).await;
            if is_good(&answer) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{path}: {answer}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The next piece of news of a kind.
    async fn news(&self, kind: &str, is_good: impl Fn(&Value) -> bool) -> Value {
        let mut events = self.client.get(format!("{}/events", self.live.url())).send().await.unwrap();
        let mut text = String::new();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            text.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
            while let Some((event, rest)) =
                text.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned()))
            {
                text = rest;
                let data = event.strip_prefix(&format!("event: {kind}\ndata: "));
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                if let Some(data) = data.filter(|data| is_good(data)) {
                    return data;
                }
            }
        }
        panic!("no such news of {kind}; at last: {text}");
    }
}

fn scrapes(picture: &Value) -> usize {
    picture["times"].as_array().map_or(0, Vec::len)
}

fn counter(value: u64) -> String {
    format!(
        "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{{kind=\"a\"}} {value}\njobs_total{{kind=\"b\"}} 5\n"
    )
}

#[tokio::test]
async fn the_rate_of_a_counter_is_its_increase_over_the_time_between_two_scrapes() {
    let app = App::with(&counter(10)).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.shows(&counter(34));
    let is_new = |picture: &Value| picture["lines"][0]["total"] == json!(34.0);
    let picture = seen.wait("/picture?family=jobs_total", is_new).await;
    let times: Vec<f64> = picture["times"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    let expected = 24.0 / (times.last().unwrap() - times.first().unwrap());
    let rate = picture["lines"][0]["last"].as_f64().unwrap();
    assert!((rate / expected - 1.0).abs() < 1e-6, "{rate} instead of {expected}");
    assert_eq!(picture["lines"][1]["last"], json!(0.0));
    assert_eq!(picture["query"], json!("rate(jobs_total[10s])"));
}

#[tokio::test]
async fn a_counter_that_falls_has_been_restarted_and_its_rate_is_never_negative() {
    let app = App::with(&counter(100)).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.shows(&counter(3));
    let scrape = seen.news("scrape", |scrape| scrape["restarted"] != json!([])).await;
    assert_eq!(scrape["restarted"], json!([app.url.trim_start_matches("http://")]));
    let picture = seen.json("/picture?family=jobs_total&by=kind").await;
    assert_eq!(picture["restarts"].as_array().unwrap().len(), 1);
    let values = picture["lines"][0]["values"].as_array().unwrap();
    assert!(values.iter().all(|value| value.as_f64().is_none_or(|rate| rate >= 0.0)), "{values:?}");
    assert!(values.last().unwrap().as_f64().unwrap() > 0.0, "{values:?}");
}

#[tokio::test]
async fn what_moved_is_told_with_its_change() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.shows(&counter(4));
    let scrape = seen.news("scrape", |scrape| scrape["moves"] != json!([])).await;
    let moved = json!([{
        "family": "jobs_total", "series": "jobs_total{kind=\"a\"}", "by": 3.0, "value": 4.0, "restless": false,
    }]);
    assert_eq!(scrape["moves"], moved);
}

#[tokio::test]
async fn an_app_that_comes_back_as_it_was_has_not_moved() {
    let app = App::with(&counter(7)).await;
    app.answers(StatusCode::SERVICE_UNAVAILABLE);
    let seen = Seen::of(&[&app]).await;
    seen.news("scrape", |scrape| scrape["targets"][0]["up"] == json!(false)).await;
    for _ in 0..2 {
        app.answers(StatusCode::OK);
        let scrape = seen.news("scrape", |scrape| scrape["targets"][0]["up"] == json!(true)).await;
        assert_eq!((&scrape["moves"], &scrape["restarted"]), (&json!([]), &json!([])));
        app.answers(StatusCode::SERVICE_UNAVAILABLE);
        seen.news("scrape", |scrape| scrape["targets"][0]["up"] == json!(false)).await;
    }
    app.shows(&counter(2));
    app.answers(StatusCode::OK);
    let scrape = seen.news("scrape", |scrape| scrape["targets"][0]["up"] == json!(true)).await;
    assert_ne!(scrape["restarted"], json!([]));
}

#[tokio::test]
async fn a_series_that_is_new_on_the_page_has_moved_from_nothing() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.shows(&format!("{}jobs_total{{kind=\"c\"}} 2\n", counter(1)));
    let scrape = seen.news("scrape", |scrape| scrape["moves"] != json!([])).await;
    assert_eq!(scrape["moves"][0]["series"], json!("jobs_total{kind=\"c\"}"));
    assert_eq!(scrape["moves"][0]["by"], json!(2.0));
}

#[tokio::test]
async fn a_series_that_was_gone_from_the_page_comes_back_as_a_new_one() {
    let (with, without) = (counter(7), "# TYPE jobs_total counter\njobs_total{kind=\"b\"} 5\n");
    let app = App::with(&with).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.shows(without);
    seen.wait("/picture?family=jobs_total", |picture| picture["lines"][0]["last"] == Value::Null).await;
    app.shows(&counter(1));
    let scrape = seen.news("scrape", |scrape| scrape["moves"] != json!([])).await;
    assert_eq!((&scrape["moves"][0]["by"], &scrape["restarted"]), (&json!(1.0), &json!([])));
    assert_eq!(seen.json("/picture?family=jobs_total").await["restarts"], json!([]));
}

#[tokio::test]
async fn the_rate_of_a_sum_knows_nothing_of_what_grew_while_one_was_away() {
    let page = |value: usize| format!("# TYPE jobs_total counter\njobs_total {value}\n");
    let (one, other) = (App::with(&page(1)).await, App::with(&page(1)).await);
    let seen = Seen::of(&[&one, &other]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    other.answers(StatusCode::SERVICE_UNAVAILABLE);
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 15).await;
    other.shows(&page(1_000));
    other.answers(StatusCode::OK);
    let is_back = |picture: &Value| picture["lines"][0]["total"] == json!(1001.0);
    let picture = seen.wait("/picture?family=jobs_total&sum=1", is_back).await;
    assert_eq!(picture["lines"][0]["last"], json!(0.0));
}

#[tokio::test]
async fn what_is_mended_on_the_page_is_told_of_at_once() {
    let app = App::with("# TYPE jobs_total counter\njobs_total 1\n").await;
    let seen = Seen::of(&[&app]).await;
    let rules = |families: &Value| families["families"][0]["findings"].as_array().map_or(0, Vec::len);
    seen.news("families", |families| rules(families) == 1).await;
    app.shows("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 1\n");
    seen.news("families", |families| rules(families) == 0).await;
    let visitors: String = (0..150).map(|visitor| format!("jobs_total{{visitor=\"{visitor}\"}} 1\n")).collect();
    app.shows(&format!("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\n{visitors}"));
    seen.news("families", |families| families["families"][0]["crowd"] != Value::Null).await;
    app.shows("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 1\n");
    seen.news("families", |families| families["families"][0]["crowd"] == Value::Null).await;
}

#[tokio::test]
async fn lines_whose_value_is_no_number_are_lines_of_the_page() {
    let app = App::with(
        "# TYPE wait_seconds summary\nwait_seconds{quantile=\"0.5\"} NaN\nwait_seconds_sum 0\nwait_seconds_count 0\n",
    )
    .await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=wait_seconds", |picture| scrapes(picture) >= 1).await;
    let lines = seen.json("/lines?family=wait_seconds").await;
    let lines = lines["targets"][0]["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["text"] == json!("wait_seconds{quantile=\"0.5\"} NaN")), "{lines:?}");
}

#[tokio::test]
async fn an_app_that_is_down_leaves_a_gap() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 2).await;
    app.answers(StatusCode::SERVICE_UNAVAILABLE);
    seen.news("scrape", |scrape| scrape["targets"][0]["up"] == json!(false)).await;
    let picture = seen.json("/picture?family=jobs_total").await;
    assert_eq!(picture["lines"][0]["last"], Value::Null);
    app.answers(StatusCode::OK);
    let is_back = |picture: &Value| picture["lines"][0]["last"] != Value::Null;
    let picture = seen.wait("/picture?family=jobs_total", is_back).await;
    assert!(picture["lines"][0]["values"].as_array().unwrap().contains(&Value::Null));
}

#[tokio::test]
async fn an_app_without_a_page_is_told_apart_from_one_that_is_down() {
    let app = App::with("").await;
    app.answers(StatusCode::NOT_FOUND);
    let seen = Seen::of(&[&app]).await;
    let scrape = seen.news("scrape", |_| true).await;
    assert_eq!(scrape["targets"][0]["trouble"]["kind"], json!("missing"));
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_marked_and_explained() {
    let app = App::with("# TYPE jobs_total counter\njobs_total{kind=\"a\"} many\n").await;
    let seen = Seen::of(&[&app]).await;
    let scrape = seen.news("scrape", |_| true).await;
    let trouble = &scrape["targets"][0]["trouble"];
    assert_eq!(trouble["kind"], json!("unreadable"));
    assert_eq!(trouble["line"], json!({ "number": 2, "text": "jobs_total{kind=\"a\"} many", "start": 21, "end": 25 }));
    assert_eq!(trouble["message"], json!("the value \"many\" is not a number"));
    assert_eq!(trouble["around"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_with_a_content_type_that_prometheus_refuses_is_not_drawn() {
    let html = async || ([(CONTENT_TYPE, "text/html")], counter(1));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/metrics", get(html))).await });
    let targets = vec![Target::parse(&TypedUrl::from(url)).unwrap()];
    let subject = Subject { title: "a test".to_owned(), targets, shop: None, prometheus: None };
    let seen = Seen { live: Live::start(subject).await.unwrap(), client: Client::new() };
    let scrape = seen.news("scrape", |_| true).await;
    assert_eq!(scrape["targets"][0]["trouble"]["kind"], json!("unreadable"));
    assert_eq!(seen.json("/picture?family=jobs_total").await, Value::Null);
}

#[tokio::test]
async fn a_redirect_is_told_of_and_not_followed() {
    let (app, elsewhere) = (App::with("").await, App::with(&counter(1)).await);
    app.answers(StatusCode::FOUND);
    app.answer.lock().unwrap().location = Some(format!("{}/metrics", elsewhere.url));
    let seen = Seen::of(&[&app]).await;
    let scrape = seen.news("scrape", |scrape| scrape["number"].as_u64() > Some(1)).await;
    assert_eq!(scrape["targets"][0]["trouble"]["kind"], json!("unreadable"));
    assert_eq!(elsewhere.answer.lock().unwrap().requests, 0);
}

#[tokio::test]
async fn replicas_are_told_apart_and_added_up() {
    let (one, other) = (App::with(&counter(1)).await, App::with(&counter(2)).await);
    let seen = Seen::of(&[&one, &other]).await;
    let is_there = |picture: &Value| scrapes(picture) >= 1 && picture["lines"].as_array().unwrap().len() == 3;
    let picture = seen.wait("/picture?family=jobs_total&by=instance", is_there).await;
    let totals: Vec<_> = picture["lines"].as_array().unwrap().iter().map(|line| line["total"].clone()).collect();
    assert_eq!(totals.iter().filter(|total| **total == json!(6.0)).count(), 1);
    assert_eq!(picture["lines"][2]["name"], json!("sum"));
    assert_eq!(picture["lines"][2]["total"], json!(13.0));
    assert_eq!(picture["query"], json!("sum by (instance) (rate(jobs_total[10s]))"));
}

#[tokio::test]
async fn filters_and_groups_are_those_of_promql() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    let path = "/picture?family=jobs_total&sum=1&filter=kind%3Db";
    let picture = seen.wait(path, |picture| scrapes(picture) >= 1).await;
    assert_eq!(picture["query"], json!("sum(rate(jobs_total{kind=\"b\"}[10s]))"));
    assert_eq!(picture["lines"][0]["total"], json!(5.0));
    let lines = seen.json("/lines?family=jobs_total&filter=kind%3Db").await;
    let lines = lines["targets"][0]["lines"].as_array().unwrap();
    let texts: Vec<_> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["# HELP jobs_total Jobs.", "# TYPE jobs_total counter", "jobs_total{kind=\"b\"} 5"]);
}

#[tokio::test]
async fn label_values_stay_what_they_are() {
    let hostile = r#"# TYPE jobs_total counter
jobs_total{kind="<img src=x onerror=alert(1)>\"\\\n"} 1
"#;
    let app = App::with(hostile).await;
    let seen = Seen::of(&[&app]).await;
    let picture = seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 1).await;
    assert_eq!(picture["lines"][0]["labels"]["kind"], json!("<img src=x onerror=alert(1)>\"\\\n"));
}

#[tokio::test]
async fn a_label_with_a_value_for_each_visitor_is_named() {
    let visitors: String =
        (0..150).map(|visitor| format!("visits_total{{page=\"/\",visitor=\"{visitor}\"}} 1\n")).collect();
    let app = App::with(&format!("# TYPE visits_total counter\n{visitors}")).await;
    let seen = Seen::of(&[&app]).await;
    let families = seen.news("families", |_| true).await;
    let crowd = json!({ "label": "visitor", "values": 150, "series": 150 });
    assert_eq!(families["families"][0]["crowd"], crowd);
    let picture = seen.json("/picture?family=visits_total").await;
    assert_eq!(picture["lines"].as_array().unwrap().len(), 12);
    assert_eq!(picture["left_out"], json!(138));
}

#[tokio::test]
async fn names_that_break_a_rule_are_told_with_the_family() {
    let app = App::with("# HELP jobs Jobs.\n# TYPE jobs counter\njobs 1\n").await;
    let seen = Seen::of(&[&app]).await;
    let families = seen.news("families", |_| true).await;
    let finding = &families["families"][0]["findings"][0];
    assert_eq!(finding["rule"], json!("counter-without-total"));
    assert_eq!(finding["line"], json!({ "number": 2, "text": "# TYPE jobs counter", "start": 7, "end": 11 }));
}

#[tokio::test]
async fn only_the_page_itself_may_ask() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    let own = seen.live.url();
    let port = own.rsplit(':').next().unwrap();
    let localhost = format!("localhost:{port}");
    let asked = [
        (vec![("host", "evil.example")], 403),
        (vec![("host", "evil.example:8800")], 403),
        (vec![("host", "127.0.0.1")], 403),
        (vec![("origin", "http://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", app.url.as_str())], 403),
        (vec![("origin", own.as_str())], 200),
        (vec![("host", localhost.as_str())], 200),
        (vec![], 200),
    ];
    for path in ["/", "/about", "/events", "/picture?family=jobs_total", "/lines?family=jobs_total", "/main.js"] {
        seen.wait("/picture?family=jobs_total", |picture| scrapes(picture) >= 1).await;
        for (headers, expected) in &asked {
            let request = seen.client.get(format!("{own}{path}"));
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            assert_eq!(request.send().await.unwrap().status(), *expected, "{path} with {headers:?}");
        }
    }
}

#[tokio::test]
async fn the_policy_allows_no_script_but_the_pages_own() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    let answer = seen.client.get(seen.live.url()).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_browser_that_takes_gzip_loads_less_of_the_same() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    let load = async |encodings: &'static str| {
        let request = seen.client.get(format!("{}/uplot.js", seen.live.url())).header("accept-encoding", encodings);
        request.send().await.unwrap().bytes().await.unwrap()
    };
    let (plain, packed) = (load("identity").await, load("br, gzip").await);
    assert!(packed.len() * 2 < plain.len(), "{} of {} bytes", packed.len(), plain.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_in_words() {
    let app = App::with(&counter(1)).await;
    let seen = Seen::of(&[&app]).await;
    for (question, status, words) in [
        ("/picture", 422, "`family` is missing"),
        ("/picture?family=jobs_total&window=0", 422, "`window` is a number of seconds"),
        ("/picture?family=jobs_total&window=many", 422, "`window` is a number of seconds"),
        ("/picture?family=jobs_total&filter=kind", 422, "`filter` is a label"),
        ("/picture?family=jobs_total&colour=red", 422, "`colour` is nothing that can be asked"),
        ("/picture?family=no_such_total", 404, "nothing is kept of `no_such_total`"),
        ("/lines?family=no_such_total", 404, "nothing is kept of `no_such_total`"),
    ] {
        let answer = seen.client.get(format!("{}{question}", seen.live.url())).send().await.unwrap();
        assert_eq!(answer.status(), status, "{question}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(words), "{question}: {text}");
    }
}

#[tokio::test]
async fn more_series_than_are_kept_do_no_harm() {
    let many: String = (0..12_000).map(|number| format!("many_total{{number=\"{number}\"}} {number}\n")).collect();
    let app = App::with(&format!("# TYPE many_total counter\n{many}")).await;
    let seen = Seen::of(&[&app]).await;
    let families = seen.news("families", |_| true).await;
    assert_eq!(families["families"][0]["series"], json!(10_000));
    let scrape = seen.news("scrape", |_| true).await;
    assert_eq!(scrape["targets"][0]["series"], json!(12_000));
    let picture = seen.json("/picture?family=many_total&sum=1").await;
    assert!(picture["notes"][0].as_str().unwrap().contains("more series than are kept"), "{}", picture["notes"]);
    app.shows("# TYPE few_total counter\nfew_total 1\n");
    seen.wait("/picture?family=few_total", |picture| picture["lines"][0]["total"] == json!(1.0)).await;
}
