//! `http_exceptions_total`: each answer of 5xx once, under the labels of its request, by what made it.

use exposition::{MetricType, Page};
use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use reqwest::Method;

use super::kinds::{Cause, Kinds};
use super::names::{EXCEPTIONS, REQUESTS, WHY_EXCEPTIONS};
use super::requests::{counts_once, is_one_request};
use crate::lessons::at_once;
use crate::lessons::late;
use crate::lessons::lines::{family_lines, rise};
use crate::lessons::moves::{Move, is_one_event, move_lines, moves, scrape_settled};
use crate::lessons::parts;
use crate::lessons::paths::Paths;
use crate::lessons::replicas::{Elsewhere, begins_at_zero};
use crate::lessons::require::{require_family, require_labels};
use crate::lessons::traffic::{self, Request, Sent};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, Product};
use crate::subject::troubled::{Troubled, impatient};
use crate::trouble::Trouble;

pub(super) async fn are_counted(app: &App) -> Outcome {
    let product = app.product().await?;
    Request::simulated(500).send(app).await?;
    let page = scrape_settled(app, |page| page.family(EXCEPTIONS).is_some()).await?;
    let family = require_family(&page, EXCEPTIONS, MetricType::Counter, WHY_EXCEPTIONS)?;
    require_labels(family, &["method", "path", "exception_type"], WHY_EXCEPTIONS)?;
    let parts =
        [one_by_one(app, &product).boxed(), when_the_pool_is_used_up(app).boxed(), are_counted_at_once(app).boxed()];
    parts::on_apps_of_their_own(app, parts).await
}

async fn one_by_one(app: &App, product: &Product) -> Outcome {
    let elsewhere = Elsewhere::before(app).await?;
    let mut judge = Judge::default();
    let mut requests = [500, 501, 503, 504, 599].map(Request::simulated).to_vec();
    requests.push(Request { method: Method::HEAD, status: None, ..Request::simulated(500) });
    requests.extend(traffic::to_every_handler(product));
    requests.extend(traffic::rejected_early());
    judge.each(app, requests, Cause::Simulated).await?;
    elsewhere.saw_nothing(EXCEPTIONS).await?;
    judge.in_an_outage(app).await
}

async fn are_counted_at_once(app: &App) -> Outcome {
    let started = at_once::start(app).await?;
    let Some(started) = started else { return at_once::failures_are_counted(app, EXCEPTIONS).await };
    begins_at_zero(&started.app, EXCEPTIONS).await?;
    at_once::failures_are_counted(&started.app, EXCEPTIONS).await
}

/// What it has seen of a shop so far.
#[derive(Default)]
pub(super) struct Judge {
    paths: Paths,
    kinds: Kinds,
}

impl Judge {
    /// Sends requests one by one, and looks at both counters after each. The cause is what makes those fail that end
    /// in 5xx.
    pub(super) async fn each(&mut self, app: &App, requests: Vec<Request>, cause: Cause) -> Outcome {
        let mut before = app.scrape().await?;
        for request in requests {
            let sent = request.send(app).await?;
            before = self.one(app, sent, cause, &before).await?;
        }
        Ok(())
    }

    /// Judges one request, and returns the page after it.
    pub(super) async fn one(&mut self, app: &App, sent: Sent, cause: Cause, before: &Page) -> Outcome<Page> {
        let failed = sent.answer.status >= 500;
        let is_counted = |page: &Page| {
            let exceptions = moves(before, page, EXCEPTIONS);
            is_one_request(before, page) && if failed { is_one_event(&exceptions) } else { exceptions.is_empty() }
        };
        let after = scrape_settled(app, is_counted).await?;
        let counted = counts_once(app, &sent, before, &after).await?;
        self.paths.saw(&sent, counted.label("path"));
        let exceptions = moves(before, &after, EXCEPTIONS);
        if failed {
            let exception = is_one_exception(app, &sent, cause, &exceptions, &after).await?;
            same_labels(&sent, &counted, exception)?;
            self.kinds.saw(&sent, cause.of_status(sent.answer.status), exception)?;
        } else if !exceptions.is_empty() {
            return no_exception(&sent, &exceptions);
        }
        Ok(after)
    }

    /// On an app of its own, whose database answers with errors, and then not at all.
    async fn in_an_outage(&mut self, app: &App) -> Outcome {
        let Some(mut troubled) = Troubled::start(app, vec![impatient()]).await? else { return Ok(()) };
        for trouble in [Trouble::Refusing, Trouble::Gone] {
            troubled.bring_into(trouble).await?;
            self.each(troubled.app(), traffic::to_the_database(), Cause::Database).await?;
        }
        self.paths.are_one_each(REQUESTS)
    }
}

/// One request holds the only connection, and the others give up. How long it holds it depends on the database: so all
/// of them are judged together, once it answers again.
async fn when_the_pool_is_used_up(app: &App) -> Outcome {
    let pool = vec![("DATABASE_MAX_CONNECTIONS", "1".to_owned()), impatient()];
    let Some(mut troubled) = Troubled::start(app, pool).await? else { return Ok(()) };
    let before = troubled.app().scrape().await?;
    troubled.bring_into(Trouble::Stalled).await?;
    let (app, database) = troubled.parts();
    let holder = app.get("/items/1");
    let others = async {
        let answers = try_join_all(["/items/2", "/items/3", "/carts/nobody"].map(|path| app.get(path))).await?;
        database.restore().await.map_err(Stop::not_run)?;
        Ok(answers)
    };
    let (held, answers) = try_join(holder, others).await?;
    let failed = answers.iter().chain([&held]).filter(|answer| answer.status >= 500).count() as f64;
    let are_counted = |page: &Page| {
        let (server_errors, exceptions) = (failed_requests(&before, page), rise(&before, page, EXCEPTIONS, &[]));
        server_errors == failed && exceptions == failed
    };
    let after = scrape_settled(app, are_counted).await?;
    if are_counted(&after) {
        return Ok(());
    }
    Failure::change("Count the requests that find all connections in use as what they are: failures of the database.")
        .expected(format!("`{REQUESTS}` with a status of 5xx, and `{EXCEPTIONS}`, rise by one for each such answer"))
        .seen(answers.iter().map(|answer| format!("{} -> {}", answer.request, answer.status)))
        .seen(move_lines(&moves(&before, &after, EXCEPTIONS), EXCEPTIONS))
        .mistake("Only some kinds of errors are counted, and a request that waits for a connection in vain is not among them.")
        .why(WHY_EXCEPTIONS)
        .stop()
}

/// By how much the requests with a status of 5xx rose.
fn failed_requests(before: &Page, after: &Page) -> f64 {
    let failed = moves(before, after, REQUESTS).into_iter().filter(|moved| moved.label("status_code").starts_with('5'));
    failed.map(|moved| moved.by).sum()
}

/// The one series that this failure moved.
async fn is_one_exception<'a>(
    app: &App,
    sent: &Sent,
    cause: Cause,
    moved: &'a [Move],
    after: &Page,
) -> Outcome<&'a Move> {
    match moved {
        [only] if only.by == 1.0 => Ok(only),
        [] => {
            late::is_ruled_out(app, EXCEPTIONS, "/simulate?status=500").await?;
            not_once(sent).seen(family_lines(after, EXCEPTIONS)).mistake(not_counted(cause)).stop()
        }
        several => {
            late::is_ruled_out(app, EXCEPTIONS, "/simulate?status=500").await?;
            let rises = several.iter().map(|moved| format!("rose by {}: {}", moved.by, moved.line));
            not_once(sent).seen(rises).mistake("The same error is counted in two places, or in two series.").stop()
        }
    }
}

fn not_once(sent: &Sent) -> Failure {
    Failure::change("Count each request that ends in 5xx once, as an exception.")
        .expected(format!("`{EXCEPTIONS}` rises by 1 after {}", sent.line()))
        .seen([sent.line(), format!("... and of `{EXCEPTIONS}`:")])
        .why(WHY_EXCEPTIONS)
}

fn not_counted(cause: Cause) -> &'static str {
    match cause {
        Cause::Simulated => {
            "Only some errors are counted, such as the status 500 alone, or those of one method or route."
        }
        Cause::Panic => {
            "The request is counted, but what is answered for the panic does not say what made it. In the shop, the response of `Error::Panic` does."
        }
        Cause::Database | Cause::DatabaseUnavailable => {
            "Only some kinds of errors are counted, and those that the database makes are not among them."
        }
    }
}

/// The exception has the labels of its request.
fn same_labels(sent: &Sent, counted: &Move, exception: &Move) -> Outcome {
    let differs = |label: &&str| counted.label(label) != exception.label(label);
    let Some(label) = ["method", "path"].into_iter().find(differs) else { return Ok(()) };
    let mistake = if exception.label(label) == sent.request.path.split('?').next().unwrap_or_default() {
        "The path as it was sent was taken, such as `uri().path()`. In an outage, every item and every cart that customers ask for becomes a series of its own, just when Prometheus is needed."
    } else {
        "The label is made in another way than that of the requests. Both counters want the same two values."
    };
    Failure::change(format!("Give `{EXCEPTIONS}` the same `{label}` as `{REQUESTS}`."))
        .expected(format!("{label}=\"{}\" in both", counted.label(label)))
        .seen([sent.line(), counted.line.clone(), exception.line.clone()])
        .mistake(mistake)
        .why(WHY_EXCEPTIONS)
        .stop()
}

fn no_exception<T>(sent: &Sent, moved: &[Move]) -> Outcome<T> {
    Failure::change("Leave everything but server errors out of the exceptions.")
        .expected(format!("`{EXCEPTIONS}` stays as it is after {}", sent.line()))
        .seen([sent.line()])
        .seen(move_lines(moved, EXCEPTIONS))
        .mistake("Every error is counted, or even every request. A 404 or a 422 is the client's mistake, and an answer like any other.")
        .why(WHY_EXCEPTIONS)
        .stop()
}
