//! The histogram itself: its name, its type, its labels, and its buckets.

use exposition::{Family, MetricType, Page, Sample};

use super::names::{BUCKET, COUNT, LATENCY};
use crate::lessons::late;
use crate::lessons::moves::{scrape_settled, scrape_until_there};
use crate::lessons::require::{require_family, require_labels};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

/// The upper bounds that the lesson asks for, in seconds. There may be more.
pub(super) const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5];
/// What TechCommerce promises, in seconds.
const PROMISE: f64 = 0.3;
/// The bounds that the libraries for Rust, Go and Java take by themselves, and those of Python's.
const DEFAULT_BOUNDS: [&[f64]; 2] = [
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0],
];

const WHY_HISTOGRAM: &str = "An average of 300 ms may be everybody waiting 300 ms, or one in a hundred waiting half a minute. Buckets tell the two apart, and they can be added up over all replicas.";
const WHY_BOUNDS: &str = "TechCommerce promises an answer within 300 ms. Only a bucket that ends right there counts who got one in time. Between two bounds, Prometheus can but guess.";
pub(super) async fn is_made(app: &App) -> Outcome {
    let before = app.scrape().await?;
    app.get("/items").await?.expect_status(200)?;
    let page = scrape_until_there(app, LATENCY).await?;
    named_after_its_unit(&page)?;
    a_histogram_and_nothing_else(&page)?;
    let family = require_family(&page, LATENCY, MetricType::Histogram, WHY_HISTOGRAM)?;
    require_labels(family, &["method", "path"], WHY_HISTOGRAM)?;
    has_the_bounds(family)?;
    has_an_observation(app, &before).await
}

async fn has_an_observation(app: &App, before: &Page) -> Outcome {
    let page = scrape_settled(app, |page| page.sum(COUNT, &[]) >= 1.0).await?;
    if page.sum(COUNT, &[]) >= 1.0 {
        return Ok(());
    }
    late::arrives(app, before, COUNT, "GET /items -> 200".into()).await?;
    Failure::change("Observe each request, once its response is there.")
        .expected(format!("{COUNT} is at least 1 after GET /items -> 200"))
        .seen(page.series(COUNT).map(|sample| sample.line.clone()))
        .mistake("The series are there, at 0: their label values are used, and nothing is observed in them. `observe(seconds)` does.")
        .why(WHY_HISTOGRAM)
        .stop()
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
pub(super) fn upper_bound(sample: &Sample) -> Option<f64> {
    sample.label("le")?.parse().ok()
}
