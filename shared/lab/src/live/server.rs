//! What browsers may ask: the page, the news, and the numbers of a picture.

mod events;
mod files;
mod guard;
mod typed;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Serialize;
use tokio::net::TcpListener;

use self::guard::Guard;
use self::typed::Typed;
use super::history::{CAPACITY, History, Shared, with_history};
use super::news::News;
use super::picture;
use super::promql::RATE_SECONDS;
use super::raw::Raw;
use super::target::Subject;
use crate::machine::prometheus;

/// What every answer is made of.
#[derive(Debug)]
struct Page {
    subject: Subject,
    history: Shared,
    news: News,
}

/// What the browser is told at first.
#[derive(Debug, Serialize)]
struct About<'a> {
    title: &'a str,
    shop: Option<&'a str>,
    prometheus: bool,
    targets: Vec<Target<'a>>,
    history_seconds: usize,
    rate_seconds: u64,
}

#[derive(Debug, Serialize)]
struct Target<'a> {
    name: &'a str,
    page: String,
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, address: SocketAddr, subject: Subject, history: Shared, news: News) {
    let strangers = Guard::new(address, subject.shop.as_deref());
    let router = Router::new()
        .route("/about", get(about))
        .route("/events", get(follow))
        .route("/picture", get(picture_of))
        .route("/lines", get(lines))
        .with_state(Arc::new(Page { subject, history, news }))
        .merge(files::router())
        .layer(middleware::from_fn_with_state(Arc::new(strangers), guard::protect));
    // It returns only when the listener breaks, and then there is nobody left to tell.
    let _ = axum::serve(listener, router).await;
}

async fn about(State(page): State<Arc<Page>>) -> Response {
    let Subject { title, targets, shop, prometheus } = &page.subject;
    let targets = targets.iter().map(|target| Target { name: target.name(), page: target.shown() });
    Json(About {
        title,
        shop: shop.as_deref(),
        prometheus: prometheus.is_some(),
        targets: targets.collect(),
        history_seconds: CAPACITY,
        rate_seconds: RATE_SECONDS,
    })
    .into_response()
}

async fn follow(State(page): State<Arc<Page>>) -> Response {
    events::stream(page.news.clone()).into_response()
}

async fn picture_of(State(page): State<Arc<Page>>, Typed(question): Typed) -> Response {
    let drawn = with_history(&page.history, |history| picture::of(history, &question));
    let link = |query: &str| Some(prometheus::graph(page.subject.prometheus.as_ref()?, query));
    let drawn = drawn.map(|drawn| drawn.linked(link));
    found(drawn, &question.family)
}

async fn lines(State(page): State<Arc<Page>>, Typed(question): Typed) -> Response {
    found(with_history(&page.history, |history: &mut History| Raw::of(history, &question)), &question.family)
}

fn found(answer: Option<impl Serialize>, family: &str) -> Response {
    match answer {
        Some(answer) => Json(answer).into_response(),
        None => (StatusCode::NOT_FOUND, format!("nothing is kept of `{family}`\n")).into_response(),
    }
}
