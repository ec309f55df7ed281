//! What no lesson asks for by itself: several replicas of the shop on one database, as it runs in production.

use std::iter;

use exposition::Page;
use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};

use super::counter::names::{ADDITIONS, EXCEPTIONS, REQUESTS};
use super::counter::products;
use super::gauge::open_carts;
use super::histogram::names::COUNT as LATENCIES;
use super::lines::rise;
use super::moves::{move_lines, moves, scrape_settled};
use super::summary::metric::COUNT as QUERIES;
use crate::check::{Check, Run};
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, Product, new_session};

const LESSON: &str = "challenge";

pub(super) const CHECKS: &[Check] =
    &[Check { lesson: LESSON, name: "replicas", run: Run::Shop(|app| replicas_add_up(app).boxed()) }];

/// How often each replica is visited. A scrape may ask the database some queries of its own, but not as many.
const VISITS: usize = 10;
/// What each visit adds to the page of the replica that is visited, and to no other: an addition, and an error.
const COUNTED: [(&str, f64); 4] = [(ADDITIONS, 1.0), (REQUESTS, 2.0), (EXCEPTIONS, 1.0), (LATENCIES, 2.0)];

const WHO: &str = "each of several replicas on one database";
const ALONE: &str = "one URL is one replica, and this takes several of one shop on one database";
const WHY: &str = "Queries add up what the replicas show. If each shows what all have done, three replicas count each request three times. If one leaves something out, the sum is wrong whenever the load balancer chooses that one.";

/// Three replicas, or those at the URLs: each counts what it has done itself, and all of them show the same database.
async fn replicas_add_up(app: &App) -> Outcome {
    let started = match app.settings() {
        Ok(_) => Some(try_join(app.start_another(), app.start_another()).await?),
        Err(_) => None,
    };
    let started = started.iter().flat_map(|(second, third)| [&second.app, &third.app]);
    let at_urls = app.replicas_at_urls()?;
    let replicas: Vec<&App> = iter::once(app).chain(started).chain(&at_urls).collect();
    if replicas.len() == 1 {
        return Err(Stop::NotRun(ALONE.into()));
    }
    let products = app.products().await?;
    let carts = open_carts::open_carts(app, &app.scrape().await?).await?;
    let mut sessions = Vec::new();
    for (index, replica) in replicas.iter().enumerate() {
        let others = replicas.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| *other);
        sessions.push(counts_for_itself(replica, &others.collect::<Vec<_>>()).await?);
    }
    for replica in &replicas {
        products::has_each(&replica.scrape().await?, &products)?;
        open_carts::are_shown_by(replica, WHO, carts + (VISITS * replicas.len()) as f64).await?;
    }
    // Each cart is emptied at another replica than the one that has filled it.
    for (sessions, other) in sessions.iter().zip(replicas.iter().cycle().skip(1)) {
        empty(other, sessions).await?;
    }
    for replica in &replicas {
        open_carts::are_shown_by(replica, WHO, carts).await?;
    }
    Ok(())
}

/// Visits a replica, while the others are asked nothing. Returns the sessions whose carts are filled now.
async fn counts_for_itself(replica: &App, others: &[&App]) -> Outcome<Vec<String>> {
    let product = replica.product().await?;
    let before = replica.scrape().await?;
    let elsewhere = try_join_all(others.iter().map(|other| other.scrape())).await?;
    let sessions = visit(replica, &product).await?;
    shows_the_visits(replica, &before).await?;
    for (other, before) in others.iter().zip(&elsewhere) {
        saw_nothing(before, &other.scrape().await?)?;
        for session in &sessions {
            has_the_cart(other, session).await?;
        }
    }
    Ok(sessions)
}

async fn visit(replica: &App, product: &Product) -> Outcome<Vec<String>> {
    let sessions: Vec<_> = iter::repeat_with(new_session).take(VISITS).collect();
    for session in &sessions {
        replica.add_to_cart(session, product.id, 1).await?.expect_status(200)?;
        replica.get("/simulate?status=503").await?.expect_status(503)?;
    }
    Ok(sessions)
}

async fn empty(replica: &App, sessions: &[String]) -> Outcome {
    for session in sessions {
        replica.delete(&format!("/carts/{session}")).await?.expect_status(204)?;
    }
    Ok(())
}

async fn has_the_cart(replica: &App, session: &str) -> Outcome {
    match replica.get(&format!("/carts/{session}")).await?.status {
        200 => Ok(()),
        status => Err(Stop::NotRun(format!(
            "a cart that was filled at one replica has status {status} at another: are they on one database?"
        ))),
    }
}

async fn shows_the_visits(replica: &App, before: &Page) -> Outcome {
    let missed = |page: &Page| {
        let mut counted = COUNTED.into_iter().map(|(name, each)| (name, each * VISITS as f64));
        counted.find(|(name, times)| rise(before, page, name, &[]) != *times)
    };
    let after = scrape_settled(replica, |page| missed(page).is_none()).await?;
    if let Some((name, times)) = missed(&after) {
        return own_visits(name, &format!("{times}")).seen(move_lines(&moves(before, &after, name), name)).stop();
    }
    if rise(before, &after, QUERIES, &[]) >= VISITS as f64 {
        return Ok(());
    }
    own_visits(QUERIES, &format!("at least {VISITS}")).seen(move_lines(&moves(before, &after, QUERIES), QUERIES)).stop()
}

fn own_visits(name: &str, times: &str) -> Failure {
    Failure::change(format!("Count in `{name}`, on each replica, all that this replica does."))
        .expected(format!("`{name}` rises by {times} on the page of a replica that has {VISITS} additions and {VISITS} errors"))
        .mistake("The metric is missing, or does not move. Or it moves in one replica alone: in the first that gets a lock or a file, or in the one that runs a task in the background.")
        .why(WHY)
}

/// Ends the check if a replica shows what only another one was asked.
fn saw_nothing(before: &Page, after: &Page) -> Outcome {
    let names = COUNTED.into_iter().map(|(name, _)| name);
    let moved = names.map(|name| (name, moves(before, after, name))).find(|(_, moved)| !moved.is_empty());
    if let Some((name, moved)) = moved {
        return of_another(name).seen(move_lines(&moved, name)).stop();
    }
    if rise(before, after, QUERIES, &[]) < VISITS as f64 {
        return Ok(());
    }
    of_another(QUERIES).seen(move_lines(&moves(before, after, QUERIES), QUERIES)).stop()
}

fn of_another(name: &str) -> Failure {
    Failure::change(format!("Show in `{name}`, on each replica, what this replica has done itself."))
        .expected(format!("`{name}` stays as it is on the page of a replica, while only another one is asked something"))
        .seen(["on the page of the other replica:"])
        .mistake("The count comes from a place that the replicas share, such as a table or a file, so that each of them shows the sum of all. Or two URLs lead to one and the same replica.")
        .why(WHY)
}
