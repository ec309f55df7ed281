//! What holds for any page: the last step of every lesson.

use std::collections::BTreeMap;

use exposition::{Family, Page, Sample};

use super::forms;
use super::scrapes::{self, Counted, SCRAPES};
use crate::lint::{Problem, Rule, lint};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::App;

/// Families that say what runs: their labels are constant by nature.
const INFORMATION: &str = "_info";
/// The counters of requests that scrapes must not move.
const REQUEST_COUNTERS: [&str; 2] = ["http_requests_total", "http_request_duration_seconds_count"];

pub(super) async fn check(app: &App) -> Outcome {
    two_apps_get_on(app)?;
    app.get("/items").await?.expect_status(200)?;
    let page = app.scrape().await?;
    names_are_good(&page)?;
    no_target_labels(&page)?;
    no_labels_of_the_scrape(&page)?;
    forms::agree(app).await?;
    does_not_count_itself(app).await?;
    replica_serves_its_own_page(app).await
}

fn two_apps_get_on(app: &App) -> Outcome {
    let Some(error) = app.collision() else { return Ok(()) };
    Failure::change("Let two apps live in one process: give each `app(store)` a registry of its own.")
        .expected("`app(store)` works when it is called twice")
        .seen(error.lines())
        .mistake("The metrics go into the default registry, which is global, and the second app registers the same names again.")
        .why("Tests build one app each, and a process may serve two. A registration that fails takes the whole process with it.")
        .stop()
}

/// Ends the check at the first name, type or help text that breaks a rule.
pub(super) fn names_are_good(page: &Page) -> Outcome {
    // Where the unit stands in a name is asked of the course's own metrics alone, and those have fixed names.
    let is_asked = |problem: &Problem| problem.rule != Rule::UnitPosition && !problem.is_advice();
    let mut problems = lint(page).into_iter().filter(is_asked);
    let Some(Problem { metric, rule, text, .. }) = problems.next() else { return Ok(()) };
    let (mistake, why) = match rule {
        Rule::Help => (
            "The help text was left for later, or is a blank.",
            "Prometheus and Grafana show the help text to whoever looks for a metric. Without it, they have to find the line of code.",
        ),
        Rule::Type => (
            "The page is put together by hand, without the lines that begin with `# TYPE`.",
            "Prometheus and Grafana suggest queries by the type: a rate for a counter, none for a gauge.",
        ),
        _ => (
            "The name was chosen as for a variable. A metric's name is read far away from the code, by people who did not write it.",
            "Whoever types the first letters of a metric in the middle of an incident relies on `_total`, `_seconds` and `_bytes` to know what it is and what to do with it.",
        ),
    };
    Failure::change(format!("Correct the metric `{metric}`: {text}."))
        .expected(if rule.is_of_promtool() {
            "names, types and help texts as Prometheus's naming rules ask"
        } else {
            "names, types and help texts as Prometheus's documentation asks: `promtool` does not check this rule, this course does"
        })
        .seen(page.family(&metric).into_iter().flat_map(Family::lines))
        .mistake(mistake)
        .why(why)
        .stop()
}

/// A label that every series has, with the same value, describes the target, which Prometheus knows already.
pub(super) fn no_target_labels(page: &Page) -> Outcome {
    let families: Vec<_> = page.families.iter().filter(|family| !family.name.ends_with(INFORMATION)).collect();
    let Some((name, value)) = common_labels(&families).into_iter().next() else { return Ok(()) };
    Failure::change(format!("Take the label `{name}` away: every series of the page has it, with the same value."))
        .expected("labels that tell the series of one app apart")
        .seen(page.samples().filter(|sample| sample.label(&name) == Some(&value)).map(|sample| sample.line.clone()))
        .mistake("A label of the target (environment, region, instance, version) is set by the app, as a constant label of its registry.")
        .why("Prometheus gives each target its labels when it scrapes. A second set collides with them, or makes every series longer for nothing.")
        .stop()
}

/// The labels that Prometheus gives to each series of a target.
const LABELS_OF_THE_SCRAPE: [&str; 2] = ["job", "instance"];

/// Prometheus sets these itself, and renames what it finds.
pub(super) fn no_labels_of_the_scrape(page: &Page) -> Outcome {
    let label_of = |sample: &Sample| LABELS_OF_THE_SCRAPE.into_iter().find(|name| sample.label(name).is_some());
    let Some(name) = page.samples().find_map(label_of) else { return Ok(()) };
    Failure::change(format!("Leave the label `{name}` to Prometheus."))
        .expected("no series with a label `job` or `instance` of its own")
        .seen(page.samples().filter(|sample| sample.label(name).is_some()).map(|sample| sample.line.clone()))
        .mistake("The app says which instance or which job it is. That is what Prometheus adds to each series, and it knows better where it has scraped.")
        .why(format!("Prometheus renames it to `exported_{name}`. Whoever asks for `{name}` finds the target's, and two labels that mean the same differ."))
        .stop()
}

/// The labels that all samples of all families share. One family alone proves nothing.
fn common_labels(families: &[&Family]) -> BTreeMap<String, String> {
    let mut samples = families.iter().flat_map(|family| &family.samples);
    let Some(first) = samples.next().filter(|_| families.len() > 1) else { return BTreeMap::new() };
    let mut common = first.labels.clone();
    for sample in samples {
        common.retain(|name, value| sample.label(name) == Some(value));
    }
    common
}

async fn does_not_count_itself(app: &App) -> Outcome {
    let Some(Counted { name, lines }) = scrapes::counted_in(app, &REQUEST_COUNTERS).await? else { return Ok(()) };
    Failure::change("Take `/metrics` out of the request metrics.")
        .expected(format!("{SCRAPES} scrapes leave `{name}` as it is"))
        .seen(lines)
        .mistake("The route `/metrics` was added before the layer that counts, so that the layer wraps it too.")
        .why("Prometheus scrapes every few seconds, for ever. In a shop with few visitors, the request rate and the latency would be those of the scrapes.")
        .stop()
}

async fn replica_serves_its_own_page(app: &App) -> Outcome {
    match app.replica() {
        Ok(replica) => replica.scrape().await.map(drop),
        // An app at a URL has no second one to look at.
        Err(Stop::NotRun(_)) => Ok(()),
        Err(failed) => Err(failed),
    }
}
