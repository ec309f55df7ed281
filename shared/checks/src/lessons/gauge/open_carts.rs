//! `cart_sessions_active`: the open carts in the database, whoever asks.

use serde_json::json;

use crate::exposition::{MetricType, Page};
use crate::lessons::lines::family_lines;
use crate::lessons::require::require_family;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, new_session};

pub(super) const OPEN_CARTS: &str = "cart_sessions_active";
const WHY: &str = "The shop decides by this number whether it can restart now, or how many orders are still to come.";

pub(super) async fn are_those_of_the_database(app: &App) -> Outcome {
    let base = follow_what_happens(app).await?;
    survive_a_restart(app, base).await
}

/// Returns how many carts are open in the end.
async fn follow_what_happens(app: &App) -> Outcome<f64> {
    let product = app.product().await?;
    let (first, second) = (new_session(), new_session());
    let page = app.scrape().await?;
    require_family(&page, OPEN_CARTS, MetricType::Gauge, WHY)?;
    let base = page.sum(OPEN_CARTS, &[]);

    for session in [&first, &first, &second] {
        app.add_to_cart(session, product.id, 1).await?.expect_status(200)?;
    }
    becomes(app, base + 2.0, "two carts were opened, one of them with two additions").await?;
    app.delete(&format!("/carts/{first}")).await?.expect_status(204)?;
    becomes(app, base + 1.0, "one of them was emptied").await?;
    app.post(&format!("/carts/{second}/checkout"), &json!({})).await?.expect_status(200)?;
    becomes(app, base, "the other was ordered").await?;
    Ok(base)
}

/// The very next page that knows the number shows it.
async fn becomes(app: &App, expected: f64, when: &str) -> Outcome {
    let next = app.scrape_until(|page| !page.sum(OPEN_CARTS, &[]).is_nan()).await?;
    if next.sum(OPEN_CARTS, &[]) == expected {
        return Ok(());
    }
    let later = app.scrape_until(|page| page.sum(OPEN_CARTS, &[]) == expected).await?;
    if later.sum(OPEN_CARTS, &[]) == expected {
        return comes_later();
    }
    Failure::change("Set the gauge to the number of open carts in the database.")
        .expected(format!("{OPEN_CARTS} {expected}, after {when}"))
        .seen(family_lines(&later, OPEN_CARTS))
        .mistake("Additions are counted instead of carts, a cart that is emptied or ordered is not taken off, or the number is read only once.")
        .why(WHY)
        .stop()
}

fn comes_later() -> Outcome {
    Failure::change("Read the open carts at each scrape.")
        .expected("the number of open carts in the very next scrape, after carts were opened, emptied or ordered")
        .seen(["the next scrape showed another number, and a later one the right one"])
        .mistake("The gauge is set by a task that looks at times of its own, or each scrape reads it for the next one.")
        .why(WHY)
        .stop()
}

/// A second replica, and one that was started later, see the same database.
async fn survive_a_restart(app: &App, base: f64) -> Outcome {
    let product = app.product().await?;
    app.add_to_cart(&new_session(), product.id, 1).await?.expect_status(200)?;
    let expected = base + 1.0;
    becomes(app, expected, "another was opened").await?;
    let another = match app.start_another().await {
        Ok(another) => another,
        // An app at a URL cannot be started again.
        Err(Stop::NotRun(_)) => return Ok(()),
        Err(failed) => return Err(failed),
    };
    let shows = |page: &Page| page.sum(OPEN_CARTS, &[]) == expected;
    let page = another.app.scrape_until(shows).await?;
    if !shows(&page) {
        return counted_in_the_process("an app that was just started on the same database", expected, &page).stop();
    }
    let Ok(replica) = app.replica() else { return Ok(()) };
    let page = replica.scrape_until(shows).await?;
    if !shows(&page) {
        return counted_in_the_process("a second replica on the same database", expected, &page).stop();
    }
    Ok(())
}

fn counted_in_the_process(who: &str, expected: f64, page: &Page) -> Failure {
    Failure::change("Ask the database how many carts are open, at each scrape.")
        .expected(format!("{OPEN_CARTS} {expected}, on {who}"))
        .seen(family_lines(page, OPEN_CARTS))
        .mistake("The gauge is counted up and down by the process, which knows only what it has done itself, since it started.")
        .why("After each deployment the number begins at 0, and with two replicas each knows a part of it. A state that lives in the database has to be read there.")
}
