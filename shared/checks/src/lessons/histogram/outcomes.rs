//! Each request is observed, whatever it ends in, with the time that it took.

use exposition::Page;
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use reqwest::Method;

use super::each::Judge;
use super::hang_ups;
use super::names::{COUNT, SUM, WHY_OUTCOMES};
use super::observed::Observed;
use super::took::{Delayed, Ending, Took};
use crate::lessons::lines::rise;
use crate::lessons::moves::{moves, scrape_settled};
use crate::lessons::replicas::{Elsewhere, begins_at_zero};
use crate::lessons::traffic::{self, Request, Route, Sent};
use crate::lessons::{at_once, parts, scrapes};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App};
use crate::subject::troubled::{Troubled, impatient};
use crate::trouble::Trouble;

const MISTAKE_PANIC: &str = "A panic ends the middleware at its `.await`, and what stands below is never reached. Catch the panic inside of the middleware that observes, so that it sees a 500.";

pub(super) async fn are_observed(app: &App) -> Outcome {
    scrapes_are_not_observed(app).await?;
    let product = app.product().await?;
    let elsewhere = Elsewhere::before(app).await?;
    let mut judge = Judge::default();
    let mut requests = traffic::to_every_handler(&product);
    requests.extend(traffic::rejected_early());
    requests.extend(traffic::of_standard_methods());
    judge.each(app, requests).await?;
    panics_are_observed(app, &mut judge).await?;
    elsewhere.saw_nothing(COUNT).await?;
    let Some(other) = at_once::start(app).await? else {
        slow_failures_are_observed(app).await?;
        many_are_observed(app).await?;
        return hang_ups::are_observed_as_counted(app).await;
    };
    begins_at_zero(&other.app, COUNT).await?;
    let many = many_are_observed(&other.app);
    let failures = failures_of_the_database_are_observed(app);
    parts::side_by_side([slow_failures_are_observed(app).boxed(), many.boxed(), failures.boxed()]).await?;
    hang_ups::are_observed_as_counted(app).await
}

/// On an app of its own, whose database answers with errors, and then not at all.
async fn failures_of_the_database_are_observed(app: &App) -> Outcome {
    let Some(mut troubled) = Troubled::start(app, vec![impatient()]).await? else { return Ok(()) };
    let mut judge = Judge::default();
    for trouble in [Trouble::Refusing, Trouble::Gone] {
        troubled.bring_into(trouble).await?;
        judge.each(troubled.app(), traffic::to_the_database()).await?;
    }
    Ok(())
}

async fn scrapes_are_not_observed(app: &App) -> Outcome {
    let Some(scrapes::Counted { name, lines }) = scrapes::counted_in(app, &[COUNT]).await? else { return Ok(()) };
    Failure::change("Take `/metrics` out of the histogram.")
        .expected(format!("{} scrapes leave `{name}` as it is", scrapes::SCRAPES))
        .seen(lines)
        .mistake("The route `/metrics` was added before the layer that observes, so that the layer wraps it too.")
        .why("Prometheus scrapes every few seconds, for ever. In a shop with few visitors, the latency would be that of the scrapes.")
        .stop()
}

async fn panics_are_observed(app: &App, judge: &mut Judge) -> Outcome {
    const PATH: &str = "/simulate?panic=true";
    let before = app.scrape().await?;
    // An answer that is missing after a panic is lesson 01's to explain. Here it only has to be observed.
    let answer = app.try_send(Method::GET, PATH, None).await.unwrap_or_else(|error| Answer {
        request: format!("GET {PATH}"),
        status: 0,
        content_type: None,
        body: error.to_string(),
        flaw: None,
    });
    let request = Request { status: None, ..Request::get(PATH, Route::Simulate, 500) };
    judge.one(app, &Sent { request, answer }, MISTAKE_PANIC, &before).await.map(drop)
}

/// What fails slowly, and what of it is known to the check.
async fn slow_failures_are_observed(app: &App) -> Outcome {
    const ENDINGS: [(u64, Ending); 6] = [
        (300, Ending::Status(409)),
        (600, Ending::Status(503)),
        (600, Ending::Panic),
        (1_200, Ending::Status(500)),
        (1_200, Ending::Panic),
        (2_600, Ending::Status(504)),
    ];
    let failures = ENDINGS.map(|(delay_ms, ending)| Delayed { delay_ms, ending });
    let before = app.scrape().await?;
    let requests = try_join_all(failures.map(|failure| failure.send(app))).await?;
    let after = scrape_settled(app, |page| rise(&before, page, COUNT, &[]) >= requests.len() as f64).await?;
    let moved = moves(&before, &after, COUNT);
    let path = moved.first().map(|moved| moved.label("path")).unwrap_or_default();
    take_their_time(&Observed::between(&before, &after, path), &requests)
}

fn take_their_time(observed: &Observed<'_>, requests: &[Took]) -> Outcome {
    let at_least: f64 = requests.iter().map(|request| request.at_least).sum();
    let at_most: f64 = requests.iter().map(|request| request.at_most).sum();
    let (count, sum) = (observed.count(), observed.sum());
    let is_right = count == requests.len() as f64 && (at_least..=at_most).contains(&sum);
    if is_right && observed.wrong_bucket(requests).is_none() {
        return Ok(());
    }
    Failure::change("Observe the time that a failed request took, as that of any other.")
        .expected("the sum rises by 6.5 seconds, or a little more, and the count by 6, after these requests")
        .seen(requests.iter().map(|request| request.line.clone()))
        .seen([format!("... and the sum rose by {sum}, the count by {count}:")])
        .seen(observed.lines(&[SUM, COUNT]))
        .mistake("Errors or panics are observed with 0, or with a part of their time: in a place of their own, where the clock was not started, or has another unit.")
        .why(WHY_OUTCOMES)
        .stop()
}

/// More than any sample of them.
async fn many_are_observed(app: &App) -> Outcome {
    const ROUNDS: usize = 13;
    let before = app.scrape().await?;
    at_once::simulate(app, 200..600, ROUNDS).await?;
    let sent = (ROUNDS * at_once::AT_ONCE) as f64;
    let is_right = |page: &Page| rise(&before, page, COUNT, &[]) == sent;
    let after = scrape_settled(app, is_right).await?;
    if is_right(&after) {
        return at_once::scrapes_agree(app, COUNT).await;
    }
    let rose = rise(&before, &after, COUNT, &[]);
    let mistake = if rose < sent {
        "Only a part of the requests is observed, as a sample. Or some are lost when they come at the same time."
    } else {
        "More is observed than was sent."
    };
    Failure::change(format!("Observe each of {sent} requests."))
        .expected(format!("{COUNT} rises by {sent} after {sent} requests, {} at a time", at_once::AT_ONCE))
        .seen([format!("it rose by {rose}:")])
        .seen(moves(&before, &after, COUNT).into_iter().map(|moved| moved.line))
        .mistake(mistake)
        .why("The counts of a histogram are the requests per second of a dashboard, and the base of every share. A histogram costs the same for one request and for a million, so there is nothing to save.")
        .stop()
}
