//! The summary itself: its type, its quantiles, its label.

use exposition::{Family, InvalidLine, MetricType, Page, ParseError, Violation};

use super::metric::{COUNT, QUANTILES, QUERIES, SUM, quantile};
use crate::lessons::require::{require_family, require_labels};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App};

const WHY: &str = "The mean hides the one query in a hundred that takes seconds. A page that needs twenty queries meets such a one on every fifth visit.";

pub(super) async fn are_there(app: &App) -> Outcome {
    app.get("/items").await?.expect_status(200)?;
    let page = quantiles_are_shares(app.get("/metrics").await?)?;
    a_summary_and_nothing_else(&page)?;
    let family = require_family(&page, QUERIES, MetricType::Summary, WHY)?;
    require_labels(family, &["operation"], WHY)?;
    has_the_quantiles(family)?;
    quantiles_have_values(family)
}

/// Reads the page, and explains quantiles that are written as percentages, which make it invalid.
fn quantiles_are_shares(answer: Answer) -> Outcome<Page> {
    let read = Page::parse(answer.content_type.as_deref().unwrap_or_default(), &answer.body);
    let Err(ParseError::Line(InvalidLine { line, violation: Violation::InvalidQuantile(_), .. })) = read else {
        return answer.page();
    };
    Failure::change("Write quantiles as numbers from 0 to 1.")
        .expected("quantile=\"0.5\", quantile=\"0.9\", quantile=\"0.95\", quantile=\"0.99\"")
        .seen([line])
        .mistake("Percentiles were written where quantiles are asked for: the 99th percentile is the quantile 0.99.")
        .why("The label is a number that tools compute with. Prometheus's own libraries know no quantile above 1.")
        .stop()
}

fn a_summary_and_nothing_else(page: &Page) -> Outcome {
    let Some(family) = page.family(QUERIES) else { return Ok(()) };
    let mistake = match family.metric_type {
        MetricType::Histogram => {
            "A histogram was taken, as in the lesson before. Here the app itself computes the quantiles, and needs no buckets."
        }
        MetricType::Gauge => {
            "A gauge keeps one number, such as the time of the last query. What was before it is lost."
        }
        MetricType::Counter => "A counter adds up the seconds. It tells the mean, and nothing else.",
        _ => return Ok(()),
    };
    Failure::change(format!("Make `{QUERIES}` a summary."))
        .expected(format!("# TYPE {QUERIES} summary"))
        .seen(family.lines())
        .mistake(mistake)
        .why(WHY)
        .stop()
}

fn has_the_quantiles(family: &Family) -> Outcome {
    let quantiles: Vec<f64> = family.samples.iter().filter_map(quantile).collect();
    let missing: Vec<_> = QUANTILES.iter().filter(|wanted| !quantiles.contains(wanted)).map(f64::to_string).collect();
    let has = |name| family.samples.iter().any(|sample| sample.name == name);
    if missing.is_empty() && has(SUM) && has(COUNT) {
        return Ok(());
    }
    let mistake = match quantiles.is_empty() {
        _ if missing.is_empty() => "The lines are put together by hand, and the mean cannot be computed from them.",
        true => "The summary was made without quantiles. Then it has `_sum` and `_count` alone, which give a mean.",
        false => {
            "The summary was made with other quantiles than the lesson asks for, or its lines are put together by hand."
        }
    };
    Failure::change(format!(
        "Give the summary the quantiles {}, a `_sum` and a `_count`.",
        QUANTILES.map(|wanted| wanted.to_string()).join(", ")
    ))
    .expected(format!("{QUERIES}{{operation=\"...\",quantile=\"0.99\"}}, and so on for each of them"))
    .seen(missing.iter().map(|quantile| format!("there is no quantile=\"{quantile}\"")))
    .seen([SUM, COUNT].into_iter().filter(|name| !has(name)).map(|name| format!("there is no {name}")))
    .seen(family.lines())
    .mistake(mistake)
    .why(WHY)
    .stop()
}

/// A query was made a moment ago, so that its operation has quantiles that are numbers.
fn quantiles_have_values(family: &Family) -> Outcome {
    let has_value =
        |wanted: &f64| family.samples.iter().any(|sample| quantile(sample) == Some(*wanted) && !sample.value.is_nan());
    if QUANTILES.iter().all(has_value) {
        return Ok(());
    }
    Failure::change("Observe every query in the summary, so that its quantiles have values.")
        .expected("a number for each quantile of the query behind GET /items")
        .seen(family.lines())
        .mistake("The series is created but never observed, or the whole window is over by the time of the scrape. NaN means that the window is empty.")
        .why(WHY)
        .stop()
}
