//! Many requests at the same time: each is counted, and none waits for another.

use std::ops::Range;
use std::pin::pin;
use std::time::Duration;

use exposition::Page;
use futures_util::future::{Either, join_all, select, try_join_all};
use reqwest::Method;
use tokio::time::timeout;

use super::lines::{family_lines, rise};
use super::moves::{move_lines, moves, scrape_settled};
use super::traffic::{Request, Route};
use crate::launch::Settings;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App, Product, StartedApp, new_session};

/// How many requests are sent at a time, and how often.
pub(super) const AT_ONCE: usize = 50;
pub(super) const ROUNDS: usize = 4;
/// How many scrapes are made at a time.
const SCRAPES: usize = 10;
const SCRAPE_ROUNDS: usize = 5;
/// With several threads, two requests can be in the same line of code at once, whatever the machine's number of cores.
const WORKER_THREADS: usize = 4;

const WHY: &str = "Requests come at the same time when the shop is busy, and that is when the numbers are looked at.";

/// The same app once more, with several threads; none for an app at a URL.
pub(super) async fn start(app: &App) -> Outcome<Option<StartedApp>> {
    let Ok(settings) = app.settings() else { return Ok(None) };
    let settings = Settings { replicas: 1, worker_threads: Some(WORKER_THREADS), ..settings };
    app.start_with(&settings).await.map(Some)
}

/// Sends fifty requests at a time, some times, and ends the check unless `name` rises by as many under each method.
pub(super) async fn are_counted(app: &App, name: &str) -> Outcome {
    let before = app.scrape().await?;
    let mut answers = Vec::new();
    for _ in 0..ROUNDS {
        answers.extend(try_join_all((0..AT_ONCE).map(|number| any_request(app, number))).await?);
    }
    let counts = ["GET", "POST"].map(|method| {
        let count = answers.iter().filter(|answer| answer.method() == method).count();
        (method, count as f64)
    });
    let missing =
        |page: &_| counts.iter().find(|(method, count)| rise(&before, page, name, &[("method", method)]) != *count);
    let after = scrape_settled(app, |page| missing(page).is_none()).await?;
    let Some((method, count)) = missing(&after) else { return Ok(()) };
    let rise = rise(&before, &after, name, &[("method", method)]);
    not_exact(name, &format!("{method} requests"), *count, rise).stop()
}

async fn any_request(app: &App, number: usize) -> Outcome<Answer> {
    match number % 5 {
        0 => app.get("/live").await,
        1 => app.get("/simulate?status=404").await,
        2 => app.get("/simulate?status=503").await,
        3 => app.get(&format!("/{}", new_session())).await,
        _ => app.send(Method::POST, "/simulate", None).await,
    }
}

/// What is wrong with a metric that rose by another number than was sent.
pub(super) fn not_exact(name: &str, what: &str, sent: f64, rose: f64) -> Failure {
    let mistake = if rose < sent {
        "Some are lost when they come at the same time: the value is read, and written back later, and what another request wrote between the two is overwritten. `inc()` and `observe()` do both in one."
    } else {
        "More are counted than were sent, when they come at the same time."
    };
    Failure::change(format!("Count each of the {what} in `{name}`, also when they come at the same time."))
        .expected(format!("`{name}` rises by {sent} after {sent} {what}, {AT_ONCE} at a time"))
        .seen([format!("{sent} were sent, and they showed {rose}")])
        .mistake(mistake)
        .why(WHY)
}

/// Does something beside what takes longer. What takes longer is dropped where it still does.
pub(super) async fn beside<T>(longer: impl Future, work: impl Future<Output = T>) -> T {
    match select(pin!(longer), pin!(work)).await {
        Either::Left((_, work)) => work.await,
        Either::Right((result, _)) => result,
    }
}

/// Scrapes ten times at a time, some times. Nothing else happens, so that all pages must show the same of these metrics.
pub(super) async fn scrapes_agree(app: &App, name: &str) -> Outcome {
    let quiet = app.scrape().await?;
    for _ in 0..SCRAPE_ROUNDS {
        let pages = try_join_all((0..SCRAPES).map(|_| app.scrape())).await?;
        pages.iter().try_for_each(|page| shows_the_same(&quiet, page, name))?;
    }
    Ok(())
}

fn shows_the_same(quiet: &Page, page: &Page, name: &str) -> Outcome {
    let moved = moves(quiet, page, name);
    if moved.is_empty() {
        return Ok(());
    }
    Failure::change(format!("Show the same `{name}` to everybody who scrapes at the same time."))
        .expected(format!("{SCRAPES} scrapes at a time, between which nothing happens, show the same"))
        .seen(["one scrape alone:".to_owned()])
        .seen(family_lines(quiet, name))
        .seen(["one of many:".to_owned()])
        .seen(move_lines(&moved, name))
        .mistake("The scrape changes what it shows: it empties the metric and fills it again, or makes it anew, while another scrape reads it.")
        .why("Two Prometheus servers scrape each service, so that one may fail. A curl by hand comes on top.")
        .stop()
}

/// How long the slow requests take. A machine that is busy may hold up a fast one for as long; then slower ones are tried.
const DELAYS: [Duration; 3] = [Duration::from_millis(400), Duration::from_secs(2), Duration::from_secs(5)];

/// How many slow requests there are.
const SLOW: usize = 24;

/// Sends fast requests, one after the other, beside slow ones. None may have to wait for them.
pub(super) async fn nobody_waits(app: &App) -> Outcome {
    let product = app.product().await?;
    let [first, second, last] = DELAYS;
    for delay in [first, second] {
        if waits_beside(app, delay, &product).await?.is_none() {
            return Ok(());
        }
    }
    let Some(waited) = waits_beside(app, last, &product).await? else { return Ok(()) };
    Failure::change("Let requests run beside each other.")
        .expected("a request that needs no time is answered at once, while others take theirs")
        .seen([
            format!("{SLOW} times GET /simulate?delay_ms={}", last.as_millis()),
            format!("{}, sent meanwhile, had no answer after half of that time", waited.line()),
        ])
        .mistake("The middleware holds a lock, such as a `Mutex` around the metrics, while it waits for the handler: in front of `next.run(request).await`, and until after it. So there is one request at a time. Or a semaphore lets only some in. Or the handler's thread is blocked.")
        .why("One slow customer stops the shop for all others. Without the metrics, it was not so.")
        .stop()
}

/// The first fast request that has to wait for slow ones.
async fn waits_beside(app: &App, delay: Duration, product: &Product) -> Outcome<Option<Request>> {
    let path = format!("/simulate?delay_ms={}", delay.as_millis());
    let mut slow = pin!(try_join_all((0..SLOW).map(|_| app.get(&path))));
    // So that all of them are in before the first fast one.
    if let Ok(answers) = timeout(delay / 8, &mut slow).await {
        answers?;
        return Ok(None);
    }
    loop {
        for request in fast_requests(product) {
            tokio::select! {
                answer = timeout(delay / 2, request.clone().send(app)) => {
                    let Ok(answer) = answer else { return Ok(Some(request)) };
                    answer?;
                }
                answers = &mut slow => {
                    for answer in answers? {
                        answer.expect_status(200)?;
                    }
                    return Ok(None);
                }
            }
        }
    }
}

/// Some that read, and then some that write.
fn fast_requests(product: &Product) -> Vec<Request> {
    let session = new_session();
    vec![
        Request::get("/live", Route::Live, 200),
        Request::get("/metrics", Route::Unmatched, 200),
        Request::get("/items", Route::Items, 200),
        Request::get("/nowhere", Route::Unmatched, 404),
        Request::addition(&session, product.id, 1),
        Request { method: Method::DELETE, ..Request::get(format!("/carts/{session}"), Route::Cart, 204) },
    ]
}

/// Makes so many additions at a time, and returns how many the shop accepted.
pub(super) async fn additions(app: &App, item_id: i64) -> Outcome<usize> {
    let additions = (0..AT_ONCE).map(|_| async move { app.add_to_cart(&new_session(), item_id, 1).await });
    let answers: Vec<Answer> = join_all(additions).await.into_iter().collect::<Outcome<_>>()?;
    Ok(answers.iter().filter(|answer| answer.status == 200).count())
}

/// Sends failures of every status fifty at a time, and ends the check unless `name` rises by as many.
pub(super) async fn failures_are_counted(app: &App, name: &str) -> Outcome {
    let before = app.scrape().await?;
    simulate(app, 500..600, ROUNDS).await?;
    rises_by_all(app, &before, name, "failures").await
}

/// Asks for one status of the range after the other, and then from its start again, fifty at a time.
pub(super) async fn simulate(app: &App, statuses: Range<u16>, rounds: usize) -> Outcome {
    let mut statuses = statuses.cycle();
    for _ in 0..rounds {
        let requests = statuses.by_ref().take(AT_ONCE).map(|status| Request::simulated(status).send(app));
        try_join_all(requests).await?;
    }
    Ok(())
}

/// As [`failures_are_counted`], for panics and several metrics.
pub(super) async fn panics_are_counted(app: &App, names: &[&str]) -> Outcome {
    let before = app.scrape().await?;
    for _ in 0..ROUNDS {
        let panics = (0..AT_ONCE).map(|_| async { app.get("/simulate?panic=true").await?.expect_status(500) });
        try_join_all(panics).await?;
    }
    for name in names {
        rises_by_all(app, &before, name, "panics").await?;
    }
    Ok(())
}

async fn rises_by_all(app: &App, before: &Page, name: &str, what: &str) -> Outcome {
    let sent = (AT_ONCE * ROUNDS) as f64;
    let after = scrape_settled(app, |page| rise(before, page, name, &[]) == sent).await?;
    let rise = rise(before, &after, name, &[]);
    if rise == sent {
        return Ok(());
    }
    not_exact(name, what, sent, rise).stop()
}
