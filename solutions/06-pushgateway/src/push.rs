//! What a run tells the Pushgateway.

use anyhow::Result;

use crate::gateway::Pushgateway;
use crate::metrics::Metrics;

/// The job's name.
pub(crate) const JOB: &str = "expire_carts";

/// Pushes a run that expired so many carts, or that failed.
///
/// A run that succeeds knows everything, and replaces the group. A run that fails does not know when the last success
/// was. So it leaves that out, and replaces only what it knows.
pub(crate) async fn push(gateway: &Pushgateway, metrics: &Metrics, expired: Option<u64>) -> Result<()> {
    let families = metrics.finish(expired)?;
    // The grouping key is the job's name alone. An instance, a process id or a date beside it would give each run a group
    // of its own, and none of them would ever go away.
    match expired {
        Some(_) => gateway.push_all(JOB, &[], families).await,
        None => gateway.push_add(JOB, &[], families).await,
    }
}

/// Deletes the group whose key is the job's name alone.
pub(crate) async fn delete_group(gateway: &Pushgateway) -> Result<()> {
    gateway.delete(&format!("metrics/job/{JOB}")).await
}
