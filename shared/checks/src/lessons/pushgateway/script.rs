//! What the job does before a snapshot of the gateway is taken.

use exposition::Page;

use super::carts::{self, Refusal};
use super::run::{ARGUMENTS, gateway_url, run};
use crate::outcome::Outcome;
use crate::subject::job::Job;

/// A run that expires two carts, and then one that fails half-way.
pub(crate) async fn success_then_failure(job: &Job) -> Outcome<Page> {
    carts::open(job, 2, carts::OLD).await?;
    run(job, &ARGUMENTS).await?;
    let cart = carts::open(job, 1, carts::OLD).await?;
    carts::run_on_disputed(job, &cart, Refusal::AtOnce, &gateway_url(job)).await?;
    job.gateway.scrape().await
}
