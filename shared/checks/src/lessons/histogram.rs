//! Lesson 03: how slow, and for how many?

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::try_join_all;
use reqwest::Method;
use tokio::time::{Instant, sleep};

use super::lines::{family_lines, rise};
use super::require::{require_family, require_labels};
use super::{clean_page, labels};
use crate::check::{Check, Run};
use crate::exposition::{Family, MetricType, Page, Sample};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, new_session};

const LESSON: &str = "03-histogram";

pub(super) const CHECKS: &[Check] = &[
    Check { lesson: LESSON, name: "latency-histogram", run: Run::Shop(|app| latency_histogram(app).boxed()) },
    Check { lesson: LESSON, name: "seconds", run: Run::Shop(|app| seconds(app).boxed()) },
    Check { lesson: LESSON, name: "every-outcome", run: Run::Shop(|app| every_outcome(app).boxed()) },
    Check { lesson: LESSON, name: "bounded-labels", run: Run::Shop(|app| labels::are_bounded(app, LATENCY).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

const LATENCY: &str = "http_request_duration_seconds";
const BUCKET: &str = "http_request_duration_seconds_bucket";
const SUM: &str = "http_request_duration_seconds_sum";
const COUNT: &str = "http_request_duration_seconds_count";
const REQUESTS: &str = "http_requests_total";

/// The upper bounds that the lesson asks for, in seconds. There may be more.
const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5];
/// What TechCommerce promises, in seconds.
const PROMISE: f64 = 0.3;
/// The bounds that the libraries for Rust, Go and Java take by themselves, and those of Python's.
const DEFAULT_BOUNDS: [&[f64]; 2] = [
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0],
];

const WHY_HISTOGRAM: &str = "An average of 300 ms may be everybody waiting 300 ms, or one in a hundred waiting half a minute. Buckets tell the two apart, and they can be added up over all replicas.";
const WHY_BOUNDS: &str = "TechCommerce promises an answer within 300 ms. Only a bucket that ends right there counts who got one in time. Between two bounds, Prometheus can but guess.";
const WHY_SECONDS: &str = "Everything else in Prometheus is in seconds. An alert at `> 0.3` would fire for ever on milliseconds, and never where the clock misses the handler.";
const WHY_OUTCOMES: &str = "The slowest requests are often the ones that fail: they ran into a time-out. Without them, the shop looks fastest when it is broken.";

/// How long an observation may lag behind the answer, where something other than the middleware makes it.
const LAG: Duration = Duration::from_millis(500);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Scrapes until `good` says yes, or [`LAG`] ends; returns the last page either way.
async fn scrape_settled(app: &App, good: impl Fn(&Page) -> bool) -> Outcome<Page> {
    let deadline = Instant::now() + LAG;
    loop {
        let page = app.scrape().await?;
        if good(&page) || Instant::now() >= deadline {
            return Ok(page);
        }
        sleep(POLL_INTERVAL).await;
    }
}

async fn latency_histogram(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let page = scrape_settled(app, |page| page.family(LATENCY).is_some()).await?;
    named_after_its_unit(&page)?;
    a_histogram_and_nothing_else(&page)?;
    let family = require_family(&page, LATENCY, MetricType::Histogram, WHY_HISTOGRAM)?;
    require_labels(family, &["method", "path"], WHY_HISTOGRAM)?;
    has_the_bounds(family)
}

/// Finds the metric where it has another unit in its name, or none.
fn named_after_its_unit(page: &Page) -> Outcome {
    let is_latency = |name: &str| name.starts_with("http") && (name.contains("duration") || name.contains("latency"));
    let misnamed = page.families.iter().find(|family| is_latency(&family.name));
    let (None, Some(misnamed)) = (page.family(LATENCY), misnamed) else { return Ok(()) };
    Failure::change(format!("Make `{}` the histogram `{LATENCY}`, and observe seconds.", misnamed.name))
        .expected(format!("# TYPE {LATENCY} histogram"))
        .seen(misnamed.lines())
        .mistake("The name has another unit, or none, or an ending that belongs to another type of metric, such as `_total`. Prometheus's unit of time is the second, and a metric's name ends in its unit.")
        .why("Whoever reads `> 0.3` in an alert must know what 0.3 is, without looking into the code.")
        .stop()
}

fn a_histogram_and_nothing_else(page: &Page) -> Outcome {
    let Some(family) = page.family(LATENCY) else { return Ok(()) };
    let mistake = match family.metric_type {
        MetricType::Summary => {
            "A summary was taken. It has no buckets: what it says of one replica can't be added to what it says of another. Some libraries make one of every histogram whose buckets are not set."
        }
        MetricType::Counter => {
            "A counter adds up the seconds. Divided by the number of requests it gives an average, and nothing else."
        }
        MetricType::Gauge => {
            "A gauge keeps the latency of the last request before the scrape, and forgets all those before it."
        }
        _ => return Ok(()),
    };
    Failure::change(format!("Make `{LATENCY}` a histogram."))
        .expected(format!("# TYPE {LATENCY} histogram"))
        .seen(family.lines())
        .mistake(mistake)
        .why(WHY_HISTOGRAM)
        .stop()
}

fn has_the_bounds(family: &Family) -> Outcome {
    let bounds: Vec<f64> = family.samples.iter().filter_map(upper_bound).collect();
    let missing: Vec<_> = BOUNDS.iter().filter(|bound| !bounds.contains(bound)).map(ToString::to_string).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Failure::change(format!("Give the histogram the buckets that it lacks: {}.", missing.join(", ")))
        .expected(format!("a `le` for each of {}; more are fine", BOUNDS.map(|bound| bound.to_string()).join(", ")))
        .seen(family.samples.iter().filter(|sample| sample.name == BUCKET).map(|sample| sample.line.clone()))
        .mistake(wrong_bounds(&bounds))
        .why(WHY_BOUNDS)
        .stop()
}

fn wrong_bounds(bounds: &[f64]) -> &'static str {
    const PERCENTILES: [f64; 5] = [0.9, 0.95, 0.99, 0.999, 0.9999];
    let is_percentile = |bound: &f64| *bound == 0.5 || *bound == 0.75 || PERCENTILES.contains(bound);
    let mut finite: Vec<f64> = bounds.iter().copied().filter(|bound| bound.is_finite()).collect();
    // Each series of the histogram has them all.
    finite.sort_by(f64::total_cmp);
    finite.dedup();
    if finite.iter().any(|bound| PERCENTILES.contains(bound)) && finite.iter().all(is_percentile) {
        return "The bounds are meant as percentiles. But `le` is a time: `le=\"0.99\"` counts the requests that took up to 0.99 seconds. The percentiles come later, from the query.";
    }
    if BOUNDS.iter().all(|bound| finite.contains(&(bound * 1000.0))) {
        return "The bounds are milliseconds. The metric is in seconds, so its bounds are too.";
    }
    if DEFAULT_BOUNDS.contains(&finite.as_slice()) {
        return "The library's default bounds are in place. They have 0.25 and 0.5, and nothing between: they cannot tell a request of 290 ms from one of 310.";
    }
    if !finite.contains(&PROMISE) {
        return "No bound is at the promise. The bucket around it holds requests that kept the promise, and requests that broke it, and nobody can tell them apart.";
    }
    "A bound was left out or mistyped."
}

/// The bound of a bucket, as a number: `le="1"` and `le="1.0"` are the same.
fn upper_bound(sample: &Sample) -> Option<f64> {
    sample.label("le")?.parse().ok()
}

/// The delays that are asked for, in milliseconds. Each falls between two of [`DECISIVE_BOUNDS`].
const DELAYS_MS: [u64; 3] = [20, 200, 400];
const DECISIVE_BOUNDS: [f64; 4] = [0.01, 0.1, PROMISE, 2.5];

/// A request that took a known time.
struct Delayed {
    path: String,
    /// What the app waited at least, in seconds.
    at_least: f64,
    /// What the app can have taken at most, in seconds: more than the client saw.
    at_most: f64,
}

async fn seconds(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let requests = try_join_all(DELAYS_MS.map(|delay| delayed_request(app, delay))).await?;
    let after = scrape_settled(app, |page| Observed::between(&before, page).count() >= requests.len() as f64).await?;
    let observed = Observed::between(&before, &after);
    all_are_observed(&observed, &requests)?;
    sum_is_in_seconds(&observed, &requests)?;
    DECISIVE_BOUNDS.iter().try_for_each(|bound| right_bucket(&observed, &requests, *bound))
}

async fn delayed_request(app: &App, delay_ms: u64) -> Outcome<Delayed> {
    // A clock may be a little coarse. And a machine that is busy may stop it later than the client does.
    const COARSE: f64 = 0.95;
    const BUSY: f64 = 2.0;
    const LATE: f64 = 0.05;
    let path = format!("/simulate?delay_ms={delay_ms}");
    let started = Instant::now();
    app.get(&path).await?.expect_status(200)?;
    let elapsed = started.elapsed().as_secs_f64();
    let at_least = Duration::from_millis(delay_ms).as_secs_f64() * COARSE;
    Ok(Delayed { path, at_least, at_most: elapsed * BUSY + LATE })
}

/// What the histogram shows of some requests to one route.
struct Observed<'a> {
    before: &'a Page,
    after: &'a Page,
    path: &'a str,
}

impl<'a> Observed<'a> {
    /// Takes the path that most of the requests went to: somebody else may use the app as well.
    fn between(before: &'a Page, after: &'a Page) -> Self {
        let paths = after.matching(COUNT, &[("method", "GET")]).filter_map(|sample| sample.label("path"));
        let rise_of = |path: &&str| rise(before, after, COUNT, &[("method", "GET"), ("path", path)]);
        let path = paths.max_by(|a, b| rise_of(a).total_cmp(&rise_of(b))).unwrap_or_default();
        Self { before, after, path }
    }

    fn count(&self) -> f64 {
        self.rise(COUNT)
    }

    fn sum(&self) -> f64 {
        self.rise(SUM)
    }

    /// How many took up to so many seconds.
    fn up_to(&self, bound: f64) -> f64 {
        let value = |page: &Page| -> f64 {
            let labels = [("method", "GET"), ("path", self.path)];
            let buckets = page.matching(BUCKET, &labels);
            buckets.filter(|sample| upper_bound(sample) == Some(bound)).map(|sample| sample.value).sum()
        };
        value(self.after) - value(self.before)
    }

    fn rise(&self, name: &str) -> f64 {
        rise(self.before, self.after, name, &[("method", "GET"), ("path", self.path)])
    }

    fn lines(&self, names: &[&str]) -> Vec<String> {
        let of_path = |sample: &&Sample| sample.matches(&[("method", "GET"), ("path", self.path)]);
        let lines = self.after.samples().filter(of_path).filter(|sample| names.contains(&sample.name.as_str()));
        lines.filter(|sample| is_decisive(sample)).map(|sample| sample.line.clone()).collect()
    }
}

/// Whether an explanation needs the line: of the buckets, only some.
fn is_decisive(sample: &Sample) -> bool {
    upper_bound(sample).is_none_or(|bound| DECISIVE_BOUNDS.contains(&bound) || bound.is_infinite())
}

fn all_are_observed(observed: &Observed<'_>, requests: &[Delayed]) -> Outcome {
    let count = observed.count();
    if count == requests.len() as f64 {
        return Ok(());
    }
    let lines = observed.lines(&[SUM, COUNT]);
    Failure::change("Observe each request once, when its response is there.")
        .expected(format!("{COUNT} of one path rises by {} after as many requests", requests.len()))
        .seen(requests.iter().map(|request| format!("GET {} -> 200", request.path)))
        .seen([format!("... and the count of no path rose by more than {count}:")])
        .seen(if lines.is_empty() { family_lines(observed.after, LATENCY) } else { lines })
        .mistake("Only the handlers of some routes are timed rather than all requests, the same request is observed in two places, or `path` holds the address as it was sent, parameters and all.")
        .why("What is not observed, or twice, bends every percentile: the shop looks as fast as the routes that happen to be timed.")
        .stop()
}

fn sum_is_in_seconds(observed: &Observed<'_>, requests: &[Delayed]) -> Outcome {
    let sum = observed.sum();
    let at_least: f64 = requests.iter().map(|request| request.at_least).sum();
    let at_most: f64 = requests.iter().map(|request| request.at_most).sum();
    let (change, mistake) = if sum < at_least {
        (
            "Start the clock before the handler runs, and stop it when the response is there.",
            "The clock starts after `.await`, or stops before it: calling an async function runs nothing yet, only awaiting it does. Or the fraction is cut off: `as_secs()` gives whole seconds, `as_secs_f64()` all of it.",
        )
    } else if sum > at_most {
        (
            "Observe seconds.",
            "Milliseconds or microseconds are observed. `as_secs_f64()` gives seconds, with their fraction.",
        )
    } else {
        return Ok(());
    };
    Failure::change(change)
        .expected(format!("{SUM} rises by about 0.62 after requests of 0.02, 0.2 and 0.4 seconds"))
        .seen(requests.iter().map(|request| format!("GET {} -> 200", request.path)))
        .seen([format!("... and the sum rose by {sum}:")])
        .seen(observed.lines(&[SUM, COUNT]))
        .mistake(mistake)
        .why(WHY_SECONDS)
        .stop()
}

/// Judges how many of the requests are in the buckets up to this bound.
fn right_bucket(observed: &Observed<'_>, requests: &[Delayed], bound: f64) -> Outcome {
    let count = observed.up_to(bound);
    let surely = requests.iter().filter(|request| request.at_most <= bound).count() as f64;
    let possibly = requests.iter().filter(|request| request.at_least <= bound).count() as f64;
    if (surely..=possibly).contains(&count) {
        return Ok(());
    }
    Failure::change("Observe each request with the time that it took by itself, in the unit of the bounds.")
        .expected(format!("{BUCKET}{{le=\"{bound}\"}} rises by {possibly} after requests of 0.02, 0.2 and 0.4 seconds"))
        .seen(requests.iter().map(|request| format!("GET {} -> 200", request.path)))
        .seen([format!("... and the bucket of {bound} rose by {count}:")])
        .seen(observed.lines(&[BUCKET]))
        .mistake("The bounds have another unit than what is observed, or one time is observed for several requests, such as an average.")
        .why(WHY_SECONDS)
        .stop()
}

/// A request, and what usually keeps its kind out of the histogram.
struct Ending {
    method: Method,
    path: String,
    body: Option<&'static str>,
    mistake: &'static str,
}

const MISTAKE_SUCCESS: &str = "Only some routes are timed. A layer around the whole router times them all.";
const MISTAKE_ERRORS: &str = "Only successes are observed: the observation stands behind a `?`, or in an `if` that looks at the status. An error is an answer too, and somebody waited for it.";
const MISTAKE_REJECTIONS: &str = "The clock runs where only matched and valid requests arrive: in the handlers, or in a `route_layer`. Use `layer`, on the whole router, after its routes and fallbacks.";
const MISTAKE_PANIC: &str = "A panic ends the middleware at its `.await`, and what stands below is never reached. Catch the panic inside of the middleware that observes, so that it sees a 500.";

fn endings() -> Vec<Ending> {
    let get = |path: &str, mistake| Ending { method: Method::GET, path: path.into(), body: None, mistake };
    vec![
        get("/items", MISTAKE_SUCCESS),
        get("/items/7000000", MISTAKE_ERRORS),
        get("/simulate?status=409", MISTAKE_ERRORS),
        get("/simulate?status=422", MISTAKE_ERRORS),
        get("/simulate?status=500", MISTAKE_ERRORS),
        Ending { method: Method::POST, path: "/items".into(), body: Some("{ \"sku\": "), mistake: MISTAKE_REJECTIONS },
        Ending { method: Method::PUT, path: "/items".into(), body: None, mistake: MISTAKE_REJECTIONS },
        get(&format!("/{}", new_session()), MISTAKE_REJECTIONS),
        get("/simulate?panic=true", MISTAKE_PANIC),
    ]
}

async fn every_outcome(app: &App) -> Outcome {
    let mut before = app.scrape().await?;
    for ending in endings() {
        let body = ending.body.map(str::to_owned);
        // An answer that is missing after a panic is lesson 01's to explain. Here it only has to be observed.
        let answer = app.try_send(ending.method.clone(), &ending.path, body).await;
        let seen = match answer {
            Ok(answer) => format!("{} -> {}", answer.request, answer.status),
            Err(error) => format!("{} {} -> {error}", ending.method, ending.path),
        };
        let after = scrape_settled(app, |page| Rises::of(&ending, &before, page).agree()).await?;
        observed_as_counted(&ending, &before, &after, seen)?;
        before = after;
    }
    Ok(())
}

/// By how much a method's requests rose in the histogram, and in the counter of lesson 01.
struct Rises {
    observed: f64,
    counted: f64,
}

impl Rises {
    fn of(ending: &Ending, before: &Page, after: &Page) -> Self {
        let label = [("method", ending.method.as_str())];
        Self { observed: rise(before, after, COUNT, &label), counted: rise(before, after, REQUESTS, &label) }
    }

    /// Somebody else may send requests too: they move both.
    fn agree(&self) -> bool {
        self.observed >= 1.0 && self.observed == self.counted
    }
}

fn observed_as_counted(ending: &Ending, before: &Page, after: &Page, seen: String) -> Outcome {
    let rises = Rises::of(ending, before, after);
    if rises.agree() {
        return Ok(());
    }
    let Rises { observed, counted } = rises;
    let method = ending.method.as_str();
    let mistake = match observed {
        0.0 => ending.mistake,
        _ => {
            "The histogram and the counter stand in different places, or one of them stands in two. What is counted at one point is to be observed at the same point."
        }
    };
    Failure::change(format!("Observe a request like `{} {}` once, as it is counted once.", ending.method, ending.path))
        .expected(format!("{COUNT} and {REQUESTS} of the method {method} both rise by 1"))
        .seen([seen, format!("... and {COUNT} rose by {observed}, {REQUESTS} by {counted}:")])
        .seen(lines_of_method(after, method))
        .mistake(mistake)
        .why(WHY_OUTCOMES)
        .stop()
}

/// The counts of a method, or word that there is none.
fn lines_of_method(page: &Page, method: &str) -> Vec<String> {
    let label = [("method", method)];
    let lines: Vec<_> = page.matching(COUNT, &label).map(|sample| sample.line.clone()).collect();
    if lines.is_empty() { vec![format!("no line {COUNT}{{method=\"{method}\"}}")] } else { lines }
}
