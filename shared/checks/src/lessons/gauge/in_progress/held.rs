//! Requests that are in progress for as long as the check wants: on several routes, with several methods.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::database::{Database, WriteLock};
use crate::lessons::unanswered::send;
use crate::outcome::{Outcome, Stop};
use crate::subject::app::{App, Product, new_session};

/// A kind of request.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    method: &'static str,
    path: &'static str,
    count: usize,
}

/// Long enough to be seen, and short enough for a server that lets a handler finish although its client is gone: then the
/// request is still in progress, and the gauge right to say so.
pub(super) const DELAYED: Kind = Kind { method: "GET", path: "/simulate?delay_ms=1500", count: 22 };
/// For a machine that is too busy to see those.
pub(super) const DELAYED_LONGER: Kind = Kind { path: "/simulate?delay_ms=4000", ..DELAYED };

/// Each writes to carts, and waits for whoever has locked them. With those that are delayed, fifty in all.
const WRITING: [Kind; 3] = [
    Kind { method: "POST", path: "/carts/{session}/items", count: 12 },
    Kind { method: "DELETE", path: "/carts/{session}", count: 9 },
    Kind { method: "POST", path: "/carts/{session}/checkout", count: 7 },
];

/// Requests that wait, and what makes them wait. They end when this value does.
pub(super) struct Held {
    connections: Vec<TcpStream>,
    lock: Option<WriteLock>,
    kinds: Vec<Kind>,
    /// When the first of them was sent, or before.
    pub(super) sent: Instant,
}

impl Held {
    /// Requests that the app itself delays.
    pub(super) async fn delayed(app: &App, delayed: Kind) -> Outcome<Self> {
        let sent = Instant::now();
        Ok(Self { connections: open(app, delayed, 0).await?, lock: None, kinds: vec![delayed], sent })
    }

    /// Requests of all kinds, on an app whose pool has a connection for each.
    pub(super) async fn of_all_kinds(
        app: &App,
        database: &Database,
        product: &Product,
        delayed: Kind,
    ) -> Outcome<Self> {
        Self::locked(app, database, product, WRITING.into_iter().chain([delayed]).collect()).await
    }

    /// Requests that go on as soon as they are let.
    pub(super) async fn writing(app: &App, database: &Database, product: &Product) -> Outcome<Self> {
        Self::locked(app, database, product, WRITING.into()).await
    }

    async fn locked(app: &App, database: &Database, product: &Product, kinds: Vec<Kind>) -> Outcome<Self> {
        let lock = database.lock_writes().await.map_err(Stop::not_run)?;
        let sent = Instant::now();
        let mut connections = Vec::new();
        for kind in &kinds {
            connections.extend(open(app, *kind, product.id).await?);
        }
        Ok(Self { connections, lock: Some(lock), kinds, sent })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.connections.len()
    }

    /// How many there are on each route, by method, the least first.
    pub(super) fn by_method(&self) -> BTreeMap<&'static str, Vec<f64>> {
        let mut counts: BTreeMap<_, Vec<f64>> = BTreeMap::new();
        for kind in &self.kinds {
            counts.entry(kind.method).or_default().push(kind.count as f64);
        }
        counts.values_mut().for_each(|counts| counts.sort_by(f64::total_cmp));
        counts
    }

    /// The same in words, such as `22 times GET /simulate?delay_ms=1500`.
    pub(super) fn in_words(&self) -> impl Iterator<Item = String> {
        self.kinds.iter().map(|Kind { method, path, count }| format!("{count} times {method} {path}"))
    }

    /// Lets the requests go on, which end by themselves. Their clients are there for as long as what is returned.
    pub(super) async fn finish(self) -> Outcome<Vec<TcpStream>> {
        if let Some(lock) = self.lock {
            lock.release().await.map_err(Stop::not_run)?;
        }
        Ok(self.connections)
    }

    /// All clients hang up at once, and only then can the requests go on.
    pub(super) async fn hang_up(self) -> Outcome {
        drop(self.connections);
        match self.lock {
            Some(lock) => lock.release().await.map_err(Stop::not_run),
            None => Ok(()),
        }
    }
}

async fn open(app: &App, Kind { method, path, count }: Kind, item_id: i64) -> Outcome<Vec<TcpStream>> {
    let body = &format!("{{\"item_id\":{item_id},\"quantity\":1}}");
    let request = || {
        let path = path.replace("{session}", &new_session());
        async move { send(app, method, &path, body, body.len()).await }
    };
    try_join_all((0..count).map(|_| request())).await
}
