//! A batch job of TechCommerce's shop: it expires abandoned carts, and pushes the result to a Pushgateway.
//!
//! To be read in this order:
//!
//! - this file: what happens when
//! - `expire`: the work, on the shop's database
//! - [`metrics`]: what is known of one run
//! - `push`: what a run tells the Pushgateway
//! - [`gateway`]: the Pushgateway, and how much patience the job has with it
//! - `arguments`: what can be typed
//! - `report`: what the job says

mod arguments;
mod expire;
pub mod gateway;
pub mod metrics;
mod push;
mod report;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use shop::{Config, Store};

use crate::gateway::Pushgateway;
use crate::metrics::Metrics;
use crate::push::{JOB, push};

pub use crate::arguments::Arguments;

/// How long any wait may take. What is waited for has its own limits, which are shorter: this is for what is gone without
/// a word, such as a network.
const PATIENCE: Duration = Duration::from_secs(90);

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
    match Pushgateway::from_env() {
        Err(error) => failed(Exit::Unusable, &error),
        Ok(gateway) if arguments.delete_group => delete_group(&gateway).await,
        Ok(gateway) if arguments.dry_run => dry_run(arguments, &gateway).await,
        Ok(gateway) => expire_and_push(arguments, &gateway).await,
    }
}

/// The work comes first, and stays done whatever the Pushgateway does.
async fn expire_and_push(arguments: &Arguments, gateway: &Pushgateway) -> Exit {
    let metrics = match Metrics::new() {
        Ok(metrics) => metrics,
        Err(error) => return failed(Exit::Unusable, &error.into()),
    };
    let work = expire_carts(arguments, &metrics).await.context("no cart is expired");
    let exit = match &work {
        Ok(expired) => done(format_args!("carts expired: {expired}")),
        Err(error) => failed(Exit::WorkFailed, error),
    };
    match until_stopped(push(gateway, &metrics, work.ok())).await.context("the result is not pushed") {
        Err(error) if exit == Exit::Done => failed(Exit::GatewayFailed, &error),
        Err(error) => failed(exit, &error),
        Ok(()) => exit,
    }
}

/// The steps of the work. Ends in how many carts expired.
async fn expire_carts(arguments: &Arguments, metrics: &Metrics) -> Result<u64> {
    let store = metrics.timed("connect", until_stopped(connect())).await?;
    let expire = expire::expire(&store, arguments.older_than);
    let (transaction, expired) = metrics.timed("expire", until_stopped(expire)).await?;
    // Until here, to stop is to undo. A commit that was stopped half-way could be both.
    metrics.timed("commit", transaction.commit()).await?;
    store.close().await;
    Ok(expired)
}

/// Connects to the shop's database as it is. Where there is none, the job must not found a new shop, without a cart.
async fn connect() -> Result<Store> {
    Ok(Store::open(&Config::from_env()?).await?)
}

async fn dry_run(arguments: &Arguments, gateway: &Pushgateway) -> Exit {
    match count_carts(arguments).await.context("the carts cannot be counted") {
        Ok(count) => done(format_args!(
            "carts that would expire: {count}\n\
             the result would go to the Pushgateway at {}, job {JOB}\n\
             this was a dry run: nothing is changed, nothing is pushed",
            gateway.redacted_url(),
        )),
        Err(error) => failed(Exit::WorkFailed, &error),
    }
}

async fn count_carts(arguments: &Arguments) -> Result<i64> {
    Ok(expire::count(&connect().await?, arguments.older_than).await?)
}

async fn delete_group(gateway: &Pushgateway) -> Exit {
    match push::delete_group(gateway).await.context("the group is not deleted") {
        Ok(()) => done(format_args!("deleted from the Pushgateway at {}: job {JOB}", gateway.redacted_url())),
        Err(error) => failed(Exit::GatewayFailed, &error),
    }
}

/// Awaits what can be stopped at any time by Ctrl-C, by SIGTERM, or by the end of [`PATIENCE`], which make it fail.
async fn until_stopped<T, E: Into<anyhow::Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T> {
    tokio::select! {
        // The signal first: nobody else would hear of one that comes at the same moment as the result.
        biased;
        stopped = shop::server::stop_signal() => {
            stopped?;
            bail!("stopped by a signal")
        }
        result = work => result.map_err(Into::into),
        () = tokio::time::sleep(PATIENCE) => bail!("no word for {} seconds", PATIENCE.as_secs()),
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
