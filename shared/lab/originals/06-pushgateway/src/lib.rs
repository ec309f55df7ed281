//! A batch job of TechCommerce's shop: it expires abandoned carts.
//!
//! To be read in this order:
//!
//! - this file: what happens when
//! - `expire`: the work, on the shop's database
//! - `arguments`: what can be typed
//! - `report`: what the job says

mod arguments;
mod expire;
// TODO (step 1): declare `mod metrics;` and `mod push;`, and write them.
mod report;

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use shop::{Config, Store};

pub use crate::arguments::Arguments;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The work is done, and the Pushgateway knows it.
    Done = 0,
    /// The work failed or was stopped, and no cart is expired.
    WorkFailed = 1,
    /// An argument or `PUSHGATEWAY_URL` cannot be used, and nothing was done.
    Unusable = 2,
    /// The Pushgateway did not do its part. The work is done nevertheless.
    GatewayFailed = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Does what the arguments and the environment say, and reports it on the standard streams.
pub async fn run(arguments: &Arguments) -> Exit {
    // TODO (step 1): make the `Pushgateway` before anything else, and give it to whoever needs it. Where its URL cannot
    // be used, end with `Exit::Unusable` before any work is done.
    if arguments.delete_group {
        delete_group()
    } else if arguments.dry_run {
        dry_run(arguments).await
    } else {
        expire_and_push(arguments).await
    }
}

/// The work comes first, and stays done whatever the Pushgateway does.
async fn expire_and_push(arguments: &Arguments) -> Exit {
    // TODO (step 1): make the metrics here, where the run begins.
    let work = expire_carts(arguments).await.context("no cart is expired");
    match &work {
        Ok(expired) => done(format_args!("carts expired: {expired}")),
        Err(error) => failed(Exit::WorkFailed, error),
    }
    // TODO (step 1): finish the metrics of a run that succeeded, and push them all: PUT.
    // TODO (step 4): push a run that failed, too, by POST.
    // TODO (step 5): where the push fails, say so, and end with `Exit::GatewayFailed`, unless the work has failed too.
    // Put `until_stopped` around the push, so that Ctrl-C ends the patience.
}

/// The steps of the work. Ends in how many carts expired.
async fn expire_carts(arguments: &Arguments) -> Result<u64> {
    // TODO (step 2): time the three steps, as `connect`, `expire` and `commit`.
    let store = until_stopped(connect()).await?;
    let expire = expire::expire(&store, arguments.older_than);
    let (transaction, expired) = until_stopped(expire).await?;
    // Until here, to stop is to undo. A commit that was stopped half-way could be both.
    transaction.commit().await?;
    store.close().await;
    Ok(expired)
}

async fn connect() -> Result<Store> {
    Ok(Store::connect(&Config::from_env()?).await?)
}

async fn dry_run(arguments: &Arguments) -> Exit {
    // TODO (step 3): say where the result would go, without user and password, and as which job.
    match count_carts(arguments).await.context("the carts cannot be counted") {
        Ok(count) => done(format_args!(
            "carts that would expire: {count}\n\
             this was a dry run: nothing is changed, nothing is pushed",
        )),
        Err(error) => failed(Exit::WorkFailed, &error),
    }
}

async fn count_carts(arguments: &Arguments) -> Result<i64> {
    let store = Store::open(&Config::from_env()?).await?;
    Ok(expire::count(&store, arguments.older_than).await?)
}

fn delete_group() -> Exit {
    // TODO (step 6): delete the group, and say so.
    failed(Exit::GatewayFailed, &anyhow!("the group is not deleted: that is step 6"))
}

/// Awaits what can be stopped at any time by Ctrl-C or SIGTERM, which make it fail.
async fn until_stopped<T, E: Into<anyhow::Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T> {
    tokio::select! {
        result = work => result.map_err(Into::into),
        stopped = shop::server::stop_signal() => {
            stopped?;
            bail!("stopped by a signal")
        }
    }
}

fn done(result: std::fmt::Arguments<'_>) -> Exit {
    report::result(result);
    Exit::Done
}

fn failed(exit: Exit, error: &anyhow::Error) -> Exit {
    report::problem(format_args!("error: {}", report::with_causes(error)));
    exit
}
