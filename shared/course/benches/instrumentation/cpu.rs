//! Where threads run.

use anyhow::Result;

/// Keeps this thread, and those that it starts from now on, on one CPU. What it costs to wake up a thread on another
/// CPU depends on what that one does just then.
#[cfg(target_os = "linux")]
pub(crate) fn keep_on_one() -> Result<()> {
    use anyhow::Context;
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;
    let this_thread = Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread)?;
    let last = (0..CpuSet::count()).rev().find(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(last.context("this program may run on no CPU")?)?;
    Ok(sched_setaffinity(this_thread, &one)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_on_one() -> Result<()> {
    Ok(())
}
