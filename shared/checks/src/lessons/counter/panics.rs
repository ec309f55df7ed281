//! Panics: answered with 500, counted like any other failure, and without any consequence for the requests after them.

use reqwest::Method;

use super::exceptions::Judge;
use super::kinds::Cause;
use super::names::{EXCEPTIONS, REQUESTS};
use crate::lessons::at_once;
use crate::lessons::moves::{moves, scrape_settled};
use crate::lessons::traffic::{Request, Route, Sent};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::{Answer, App};

const PATH: &str = "/simulate?panic=true";

pub(super) async fn are_counted(app: &App) -> Outcome {
    let mut judge = Judge::default();
    judge.each(app, [500, 503].map(Request::simulated).to_vec(), Cause::Simulated).await?;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let before = app.scrape().await?;
        let answer = is_answered(app, method.clone()).await?;
        is_counted_as_a_request(app, &answer, &before).await?;
        let request = Request { method, status: None, ..Request::get(PATH, Route::Simulate, 500) };
        judge.one(app, Sent { request, answer }, Cause::Panic, &before).await?;
        the_shop_goes_on(app).await?;
    }
    at_once::panics_are_counted(app, &[REQUESTS, EXCEPTIONS]).await?;
    the_shop_goes_on(app).await
}

/// Servers differ in whether they hand HEAD on to the handler of GET.
async fn is_answered(app: &App, method: Method) -> Outcome<Answer> {
    let is_get = method == Method::GET;
    let (seen, mistake) = match app.try_send(method.clone(), PATH, None).await {
        Ok(answer) if answer.status == 500 || !is_get => return Ok(answer),
        Ok(answer) => (answer.lines(), "The panic is caught, but answered as if something else had happened."),
        Err(error) if error.is_redirect() => (
            vec![format!("{method} {PATH} -> {error}")],
            "The answer sends the client somewhere else, again and again. Whoever catches the panic has to answer it.",
        ),
        Err(error) => (
            vec![format!("{method} {PATH} -> {error}")],
            "Nothing catches the panic. It ends the task of that connection, and the client gets no answer.",
        ),
    };
    Failure::change("Answer a request whose handler panics with status 500.")
        .expected(format!("{method} {PATH} -> 500"))
        .seen(seen)
        .mistake(mistake)
        .why("A panic that is no 500 is in no counter: the worst errors are the ones that nobody sees. And where a connection is dropped, a proxy may send the request again, to the next replica.")
        .stop()
}

async fn is_counted_as_a_request(app: &App, answer: &Answer, before: &exposition::Page) -> Outcome {
    let after = scrape_settled(app, |page| !moves(before, page, REQUESTS).is_empty()).await?;
    if !moves(before, &after, REQUESTS).is_empty() {
        return Ok(());
    }
    Failure::change(format!("Count a request whose handler panics in `{REQUESTS}`, once."))
        .expected(format!("`{REQUESTS}` rises by 1 when a handler panics"))
        .seen([format!("{} -> {}", answer.request, answer.status), format!("... and no line of `{REQUESTS}` moved")])
        .mistake("The panic is answered where nothing counts any more: outside of the middleware that counts, or inside of it, by a `return` before the line that counts. Turn the panic into a response, and let it go the way of all others.")
        .why("Panics are the worst errors of all. They are the last that should be missing.")
        .stop()
}

async fn the_shop_goes_on(app: &App) -> Outcome {
    let seen = match app.try_send(Method::GET, "/items", None).await {
        Ok(answer) if answer.status == 200 => match app.try_send(Method::GET, "/metrics", None).await {
            Ok(answer) if answer.status == 200 => return Ok(()),
            Ok(answer) => answer.lines(),
            Err(error) => vec![format!("GET /metrics -> {error}")],
        },
        Ok(answer) => answer.lines(),
        Err(error) => vec![format!("GET /items -> {error}")],
    };
    Failure::change("Let the shop go on after a panic as before it.")
        .expected("GET /items -> 200 and GET /metrics -> 200, right after a panic")
        .seen([format!("GET {PATH} -> 500"), "... and after that:".to_owned()])
        .seen(seen)
        .mistake("Something was held when the handler panicked, such as a `Mutex` around the metrics. A panic leaves it poisoned, and `lock().unwrap()` then panics in every request that follows. Metrics need no lock around them.")
        .why("One request that fails must be one request that fails, and not the end of the shop.")
        .stop()
}
