//! A server that takes connections and says nothing, as one whose machine is gone.

use exposition::Page;

use super::collectors::work_again;
use super::instance::{Instance, Others};
use super::scrape::{ANNOUNCED, scrape_in_time};
use crate::lessons::exporter::lines::lines;
use crate::lessons::exporter::names::UP;
use crate::outcome::{Failure, Outcome};

/// What still reaches the server: a sign of life, which takes 5 bytes, and no query.
pub(super) const SIGN_OF_LIFE: usize = 20;
const AFTER: &str = "a time in which PostgreSQL said nothing";

pub(super) async fn server_does_not_hold_up_the_scrape(others: &Others<'_>) -> Outcome {
    let Instance { app, link, .. } = &others.start().await?;
    work_again(app, AFTER).await?;
    // Each takes nearly as long as it announces: nothing comes to an end before.
    link.stall(SIGN_OF_LIFE);
    let first = scrape_in_time(app, ANNOUNCED, "PostgreSQL stops answering in the middle of it").await;
    link.stall(0);
    let second = scrape_in_time(app, ANNOUNCED, "PostgreSQL takes connections, but says nothing").await;
    link.resume();
    first?;
    is_down(&second?)?;
    work_again(app, AFTER).await
}

fn is_down(page: &Page) -> Outcome {
    if page.value(UP, &[]) == Some(0.0) {
        return Ok(());
    }
    Failure::change(format!("Set `{UP}` to 0 when the database does not answer."))
        .expected(format!("{UP} 0, when PostgreSQL takes connections, but says nothing"))
        .seen(lines(page, UP, &[]))
        .mistake("A connection in the pool is taken for a sign of life. Only an answer is one.")
        .why("A machine that is gone closes no connection. This is what most outages look like from outside.")
        .stop()
}
