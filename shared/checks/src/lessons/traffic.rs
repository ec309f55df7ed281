//! Requests of every kind to every route of the shop, and what is known of each beforehand.

use reqwest::Method;
use serde_json::json;

use crate::outcome::Outcome;
use crate::subject::app::{Answer, App, Product, new_session};

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Route {
    Storefront,
    Live,
    Ready,
    Simulate,
    Items,
    Item,
    Cart,
    CartItems,
    Checkout,
    /// No route has this path.
    Unmatched,
}

impl Route {
    /// How axum writes it. Other frameworks write it in other ways.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Storefront => "/",
            Self::Live => "/live",
            Self::Ready => "/ready",
            Self::Simulate => "/simulate",
            Self::Items => "/items",
            Self::Item => "/items/{id}",
            Self::Cart => "/carts/{session}",
            Self::CartItems => "/carts/{session}/items",
            Self::Checkout => "/carts/{session}/checkout",
            Self::Unmatched => "unmatched",
        }
    }
}

/// How far a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The handler answers as asked.
    Success,
    /// The handler answers with an error.
    Error,
    /// It is answered before a handler runs: no route, another method, a body that is no JSON.
    Rejection,
    /// Its method is one of HTTP, but none that the shop needs.
    StandardMethod,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) route: Route,
    pub(super) kind: Kind,
    /// The status that the shop answers with, where every shop does. Frameworks differ in what they answer to bad JSON.
    pub(super) status: Option<u16>,
}

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) request: Request,
    pub(super) answer: Answer,
}

impl Request {
    fn new(method: Method, path: impl Into<String>, route: Route, kind: Kind) -> Self {
        Self { method, path: path.into(), body: None, route, kind, status: None }
    }

    pub(super) fn get(path: impl Into<String>, route: Route, status: u16) -> Self {
        let kind = if status < 400 { Kind::Success } else { Kind::Error };
        Self { status: Some(status), ..Self::new(Method::GET, path, route, kind) }
    }

    fn rejected(method: Method, path: impl Into<String>, route: Route) -> Self {
        Self::new(method, path, route, Kind::Rejection)
    }

    fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    fn with_body(self, body: impl ToString) -> Self {
        Self { body: Some(body.to_string()), ..self }
    }

    /// A failure that the shop was asked for.
    pub(super) fn simulated(status: u16) -> Self {
        Self::get(format!("/simulate?status={status}"), Route::Simulate, status)
    }

    /// An addition to a cart.
    pub(super) fn addition(session: &str, item_id: i64, quantity: i64) -> Self {
        let body = json!({ "item_id": item_id, "quantity": quantity });
        Self::new(Method::POST, format!("/carts/{session}/items"), Route::CartItems, Kind::Success).with_body(body)
    }

    /// Sends it. One that gets no answer ends the check, and so does another status than it must have.
    pub(super) async fn send(self, app: &App) -> Outcome<Sent> {
        let answer = app.send(self.method.clone(), &self.path, self.body.clone()).await?;
        let answer = match self.status {
            Some(status) => answer.expect_status(status)?,
            None => answer,
        };
        Ok(Sent { request: self, answer })
    }

    /// As an explanation shows it.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Sent {
    /// As an explanation shows it.
    pub(super) fn line(&self) -> String {
        format!("{} -> {}", self.answer.request, self.answer.status)
    }

    pub(super) fn method(&self) -> &str {
        self.request.method.as_str()
    }

    pub(super) fn status(&self) -> String {
        self.answer.status.to_string()
    }
}

/// Every route, every method that it takes, and every kind of error that a handler answers with. The catalogue stays
/// as it is: it may belong to somebody else.
pub(super) fn to_every_handler(product: &Product) -> Vec<Request> {
    let session = new_session();
    let cart = format!("/carts/{session}");
    let checkout = format!("{cart}/checkout");
    let item = format!("/items/{}", product.id);
    let error = |method, path: &str, route| Request::new(method, path, route, Kind::Error);
    let order = |kind| Request::new(Method::POST, checkout.clone(), Route::Checkout, kind).with_body(json!({}));
    let twin = json!({ "sku": product.sku, "name": "A twin", "price_cents": 100, "stock": 5 });
    let mut requests = vec![
        Request::get("/items", Route::Items, 200),
        Request::get(item, Route::Item, 200),
        Request::get("/items/7000000", Route::Item, 404),
        Request::addition(&session, product.id, 1).with_status(200),
        Request { kind: Kind::Error, ..Request::addition(&session, product.id, 0).with_status(422) },
        Request { kind: Kind::Error, ..Request::addition(&session, i64::from(u32::MAX), 1).with_status(404) },
        Request::get(cart.clone(), Route::Cart, 200),
        order(Kind::Success).with_status(200),
        order(Kind::Error).with_status(404),
        Request::get(cart.clone(), Route::Cart, 404),
        error(Method::DELETE, &cart, Route::Cart).with_status(404),
        error(Method::POST, "/items", Route::Items).with_body(twin).with_status(409),
        error(Method::GET, "/items/seven", Route::Item),
        error(Method::GET, "/carts/no.name", Route::Cart),
        Request::get("/", Route::Storefront, 200),
        Request::get("/live", Route::Live, 200),
        Request::get("/ready", Route::Ready, 200),
        Request::get("/simulate", Route::Simulate, 200),
    ];
    requests.extend([201, 204, 301, 304, 400, 404, 409, 422, 429, 500, 503].map(Request::simulated));
    requests
}

/// A request to each route that needs the database.
pub(super) fn to_the_database() -> Vec<Request> {
    let cart = format!("/carts/{}", new_session());
    let to = |method, path: &str, route, body: Option<serde_json::Value>| Request {
        method,
        status: None,
        body: body.map(|body| body.to_string()),
        ..Request::get(path, route, 503)
    };
    let item = json!({ "sku": "A-TWIN", "name": "A twin", "price_cents": 100, "stock": 5 });
    let addition = json!({ "item_id": 1, "quantity": 1 });
    vec![
        to(Method::GET, "/items", Route::Items, None),
        to(Method::GET, "/items/1", Route::Item, None),
        to(Method::GET, "/items/2", Route::Item, None),
        to(Method::POST, "/items", Route::Items, Some(item)),
        to(Method::GET, &cart, Route::Cart, None),
        to(Method::DELETE, &cart, Route::Cart, None),
        to(Method::POST, &format!("{cart}/items"), Route::CartItems, Some(addition)),
        to(Method::POST, &format!("{cart}/checkout"), Route::Checkout, Some(json!({}))),
        to(Method::GET, "/ready", Route::Ready, None),
    ]
}

/// What is answered before a handler runs.
pub(super) fn rejected_early() -> Vec<Request> {
    let session = new_session();
    let cart = format!("/carts/{session}");
    let rejected = |method, path: &str, route| Request::rejected(method, path, route);
    let other_method = |method, path: &str, route| rejected(method, path, route).with_status(405);
    let unmatched = |method, path: &str| rejected(method, path, Route::Unmatched).with_status(404);
    vec![
        rejected(Method::POST, "/items", Route::Items).with_body("{ \"sku\": "),
        rejected(Method::POST, "/items", Route::Items),
        rejected(Method::POST, &format!("{cart}/items"), Route::CartItems).with_body("[]"),
        other_method(Method::PUT, "/items", Route::Items),
        other_method(Method::POST, "/items/1", Route::Item),
        other_method(Method::PUT, &cart, Route::Cart),
        other_method(Method::GET, &format!("{cart}/items"), Route::CartItems),
        other_method(Method::GET, &format!("{cart}/checkout"), Route::Checkout),
        other_method(Method::POST, "/simulate", Route::Simulate),
        other_method(Method::POST, "/", Route::Storefront),
        other_method(Method::DELETE, "/live", Route::Live),
        other_method(Method::PUT, "/ready", Route::Ready),
        unmatched(Method::GET, &format!("/{session}")),
        unmatched(Method::POST, &format!("/{session}")),
        unmatched(Method::GET, "/items/1/2"),
        unmatched(Method::DELETE, &format!("{cart}/orders")),
    ]
}

/// The methods of HTTP that the shop has no use for, but other clients have. Not CONNECT, which is for proxies.
pub(super) fn of_standard_methods() -> Vec<Request> {
    let methods = [Method::HEAD, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE];
    let to = |path: &'static str, route| {
        methods.clone().into_iter().map(move |method| Request::new(method, path, route, Kind::StandardMethod))
    };
    to("/items", Route::Items).chain(to("/nowhere", Route::Unmatched)).collect()
}

/// Methods that HTTP does not know, to a route and to none.
pub(super) fn of_made_up_methods() -> Vec<Request> {
    let made_up = |name: &str| Method::from_bytes(name.as_bytes()).ok();
    let methods = ["BREW", "PROPFIND", "get"].into_iter().filter_map(made_up);
    let to = |path, route| methods.clone().map(move |method| Request::new(method, path, route, Kind::StandardMethod));
    to("/items", Route::Items).chain(to("/nowhere", Route::Unmatched)).collect()
}
