//! The page in every form that an app offers: plain text, what Prometheus asks for first, headers alone, and to several
//! scrapers at once.

use std::collections::BTreeMap;
use std::time::Duration;

use exposition::{Family, Labels, MetricType, Page, Sample};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::outcome::{Failure, Outcome};
use crate::subject::app::{App, Reply};
use crate::subject::scrape::Scrape;

/// How many scrapers ask at once.
const SCRAPERS: usize = 10;
/// How often two forms are compared: what differs each time does not differ because it moves.
const COMPARISONS: u32 = 5;
/// How much longer the app has between two pages, with each comparison: what one scrape has lent itself, such as a connection to
/// the database, may not be back yet when the next one comes at once.
const PAUSE: Duration = Duration::from_millis(50);
/// What a HEAD request may be answered with, where the app has only GET.
const NO_HEAD: [u16; 3] = [404, 405, 501];
const WHY_FORMS: &str = "Which form Prometheus gets depends on its version and settings. A number that is right in one of them alone is wrong after the next update.";

/// Ends the check at the first form that is not the same page.
pub(super) async fn agree(app: &App) -> Outcome {
    agree_after_a_request(app).await?;
    several_at_once(app).await?;
    if app.settings().is_err() {
        return Ok(());
    }
    // One that was asked for no other form before plain text.
    let another = app.start_another().await?;
    agree_after_a_request(&another.app).await
}

/// What was written before the request must not be shown again.
async fn agree_after_a_request(app: &App) -> Outcome {
    plain_is_plain(app).await?;
    app.get("/items").await?.expect_status(200)?;
    agree_one_by_one(app).await
}

/// The same without several scrapers at once, for a page that takes long to read.
pub(super) async fn agree_one_by_one(app: &App) -> Outcome {
    plain_is_plain(app).await?;
    forms_agree(app).await?;
    head_agrees(app).await
}

async fn plain_is_plain(app: &App) -> Outcome {
    for scrape in [Scrape::of_plain_text(), Scrape::of_curl()] {
        let reply = app.ask(&scrape).await?;
        app.page_of(&reply)?;
        is_not_compressed(&reply)?;
    }
    Ok(())
}

fn is_not_compressed(reply: &Reply) -> Outcome {
    let Some(encoding) = reply.encoding.as_deref().filter(|encoding| *encoding != "identity") else { return Ok(()) };
    Failure::change("Compress the page for those alone who ask for it.")
        .expected("no `content-encoding`, where the scrape says `accept-encoding: identity`, or nothing of it")
        .seen([format!("content-encoding: {encoding}")])
        .mistake("The page is compressed always, instead of by a layer that looks at `accept-encoding`.")
        .why("Whoever looks at the page with `curl`, or scrapes it with `enable_compression: false`, gets bytes instead of text.")
        .stop()
}

/// What plain text says before and after, and what is sent to a Prometheus that asks by default.
async fn forms_agree(app: &App) -> Outcome {
    let mut differing: Option<BTreeMap<Key, Difference>> = None;
    for number in 0..COMPARISONS {
        let pause = PAUSE * number;
        let before = plain(app).await?;
        sleep(pause).await;
        let page = app.scrape().await?;
        sleep(pause).await;
        let after = plain(app).await?;
        types_agree(&before, &page)?;
        let found = differences(&before, &page, &after);
        let still = |key: &Key| differing.as_ref().is_none_or(|earlier| earlier.contains_key(key));
        let found: BTreeMap<_, _> = found.into_iter().filter(|(key, _)| still(key)).collect();
        if found.is_empty() {
            return Ok(());
        }
        differing = Some(found);
    }
    let Some(difference) = differing.and_then(|differing| differing.into_values().next()) else { return Ok(()) };
    Failure::change("Show the same series with the same values in each form of the page.")
        .expected("what is asked for as plain text, and as Prometheus asks by default, says the same")
        .seen(difference.lines())
        .mistake("The forms are written by different code, or from different registries, or one of them is a copy from earlier.")
        .why(WHY_FORMS)
        .stop()
}

async fn plain(app: &App) -> Outcome<Page> {
    app.page_of(&app.ask(&Scrape::of_plain_text()).await?)
}

/// How one series differs.
struct Difference {
    plain: Option<String>,
    by_default: Option<String>,
}

impl Difference {
    fn lines(self) -> Vec<String> {
        let line = |line: Option<String>| line.unwrap_or_else(|| "no such series".to_owned());
        vec!["as plain text:".into(), line(self.plain), "as Prometheus asks by default:".into(), line(self.by_default)]
    }
}

/// What tells one series from another in every form.
type Key = (String, Labels);

/// All series but those that one format alone has: OpenMetrics' times of creation, and the parts of its gauge histograms.
fn series(page: &Page) -> BTreeMap<Key, &Sample> {
    let is_in_all =
        |sample: &&Sample| !["_created", "_gsum", "_gcount"].iter().any(|suffix| sample.name.ends_with(suffix));
    page.samples().filter(is_in_all).map(|sample| (key(sample), sample)).collect()
}

fn key(sample: &Sample) -> Key {
    let labels = sample.labels.iter().filter(|(_, value)| !value.is_empty());
    (sample.name.clone(), labels.map(|(name, value)| (name.clone(), as_number(name, value))).collect())
}

/// A bound is `1` in one format and `1.0` in the other.
fn as_number(name: &str, value: &str) -> String {
    let number = matches!(name, "le" | "quantile").then(|| value.parse::<f64>().ok()).flatten();
    number.map_or_else(|| value.to_owned(), |number| number.to_string())
}

/// The series that stay as they are in plain text, and differ in the other page or are missing there; and those that are
/// there alone.
fn differences(before: &Page, page: &Page, after: &Page) -> BTreeMap<Key, Difference> {
    let (before, page, after) = (series(before), series(page), series(after));
    let stays = |(key, sample): &(&Key, &&Sample)| after.get(*key).is_some_and(|other| is_same(sample, other));
    let of_plain = before.iter().filter(stays).filter_map(|(key, sample)| {
        let other = page.get(key);
        let differs = other.is_none_or(|other| !is_same(sample, other));
        let (plain, by_default) = (Some(sample.line.clone()), other.map(|other| other.line.clone()));
        differs.then(|| (key.clone(), Difference { plain, by_default }))
    });
    let of_page = page.iter().filter(|(key, _)| !before.contains_key(*key) && !after.contains_key(*key));
    let of_page =
        of_page.map(|(key, sample)| (key.clone(), Difference { plain: None, by_default: Some(sample.line.clone()) }));
    of_plain.chain(of_page).collect()
}

fn is_same(one: &Sample, other: &Sample) -> bool {
    one.value == other.value || one.value.is_nan() && other.value.is_nan()
}

fn types_agree(plain: &Page, page: &Page) -> Outcome {
    let differs = |family: &&Family| {
        let other = page.family(&family.name).and_then(|other| in_text(other.metric_type));
        in_text(family.metric_type).zip(other).is_some_and(|(one, other)| one != other)
    };
    let Some(family) = plain.families.iter().find(differs) else { return Ok(()) };
    let other = page.family(&family.name).into_iter().flat_map(|family| &family.metadata_lines).cloned();
    Failure::change(format!("Give `{}` the same type in each form of the page.", family.name))
        .expected("the same `# TYPE` in plain text, and where Prometheus asks by default")
        .seen(["as plain text:".to_owned()])
        .seen(family.metadata_lines.iter().cloned())
        .seen(["as Prometheus asks by default:".to_owned()])
        .seen(other)
        .mistake("The forms are written by different code, or from different registries.")
        .why(WHY_FORMS)
        .stop()
}

/// The type that the text format has for one of OpenMetrics; none where there is nothing to compare.
fn in_text(metric_type: MetricType) -> Option<MetricType> {
    match metric_type {
        MetricType::Info | MetricType::StateSet => Some(MetricType::Gauge),
        MetricType::Untyped | MetricType::Undeclared | MetricType::GaugeHistogram => None,
        metric_type => Some(metric_type),
    }
}

async fn head_agrees(app: &App) -> Outcome {
    let get = app.ask(&Scrape::by_default()).await?.answer;
    let head = app.ask(&Scrape::of_headers()).await?.answer;
    let is_same = head.status == get.status && head.content_type == get.content_type;
    if is_same || NO_HEAD.contains(&head.status) {
        return Ok(());
    }
    Failure::change("Answer HEAD /metrics with the status and the headers of GET /metrics, or with 405.")
        .expected("the same status and content type as for GET, without a body")
        .seen(get.lines().into_iter().take(2))
        .seen(head.lines())
        .mistake("HEAD has a handler of its own, or one for all methods but GET answers it.")
        .why("Probes and load balancers ask by HEAD whether a page is there, and believe what they hear.")
        .stop()
}

/// Each of several scrapers gets the whole page, with counts that were true at that time.
async fn several_at_once(app: &App) -> Outcome {
    let before = app.scrape().await?;
    let scrape = Scrape::by_default();
    let replies: Vec<Reply> = try_join_all((0..SCRAPERS).map(|_| app.ask(&scrape))).await?;
    for reply in &replies {
        if reply.answer.status != 200 {
            return not_whole(reply.answer.lines());
        }
    }
    let pages: Vec<Page> = replies.iter().map(|reply| app.page_of(reply)).collect::<Outcome<_>>()?;
    let after = app.scrape().await?;
    pages.iter().try_for_each(|page| is_between(&before, page, &after))
}

fn is_between(before: &Page, page: &Page, after: &Page) -> Outcome {
    let (earlier, meanwhile, later) = (series(before), series(page), series(after));
    for (key, first) in &earlier {
        let Some(last) = later.get(key) else { continue };
        match meanwhile.get(key) {
            None => return not_whole(vec![format!("missing on one page: {}", first.line)]),
            Some(sample) if counts(page, sample) && !(first.value..=last.value).contains(&sample.value) => {
                return not_whole(vec![
                    format!("before: {}", first.line),
                    format!("on one of the pages: {}", sample.line),
                    format!("after: {}", last.line),
                ]);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn not_whole(seen: Vec<String>) -> Outcome {
    Failure::change("Give each of several scrapers the whole page, with values that are true at that time.")
        .expected(format!("{SCRAPERS} scrapes at once each show all series, and counts that were reached by then"))
        .seen(seen)
        .mistake("One scrape stands in the way of another: it holds a lock that others don't wait for, or it changes what they read (empties metrics and fills them again, registers a metric anew).")
        .why("Two Prometheus servers scrape each app, so that one may fail. Then scrapes meet, and what is missing for a moment is a gap in a graph, or an alert.")
        .stop()
}

/// Whether a sample only goes up.
fn counts(page: &Page, sample: &Sample) -> bool {
    let of = |suffix| sample.name.strip_suffix(suffix).and_then(|name| page.family(name));
    let is_counter = page.family(&sample.name).is_some_and(|family| family.metric_type == MetricType::Counter);
    let is_part = |family: &Family| matches!(family.metric_type, MetricType::Histogram | MetricType::Summary);
    is_counter || ["_bucket", "_count"].into_iter().filter_map(of).any(is_part)
}
