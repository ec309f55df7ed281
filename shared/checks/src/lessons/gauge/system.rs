//! CPU, memory and disk: what the system itself says, in the right unit, and sampled beside the scrapes.

mod alone;
mod compare;
mod cpu;
mod follow;
mod load;
mod pace;
mod plausible;
mod sampling;
mod watch;

use exposition::MetricType;
use futures_util::future::join;

use self::compare::Sampled;
use crate::lessons::require::require_family;
use crate::outcome::Outcome;
use crate::subject::app::App;

pub(super) use self::compare::INTERVAL_VARIABLE;
pub(super) use self::sampling::is_sampled_in_the_background;

/// How often an app takes samples whose CPU usage is compared: sysinfo asks for 200 ms at least.
const QUICK_MS: u64 = 300;
/// And one that has taken many when it is looked at.
const VERY_QUICK_MS: u64 = 40;

/// Any app shows plausible values. One that is started here shows what the system says.
pub(super) async fn is_what_the_system_says(app: &App) -> Outcome {
    let page = app.scrape_until(|page| page.sum(compare::APP_MEMORY, &[]) > 0.0).await?;
    for name in compare::ALL {
        require_family(&page, name, MetricType::Gauge, compare::WHY)?;
    }
    plausible::bytes_are_bytes(&page)?;
    plausible::some_memory_is_used(app).await?;
    plausible::replica_is_sampled(app).await?;
    let Ok(settings) = app.settings() else { return plausible::cpu_moves(app).await };
    let after_many_samples = Sampled::start(app, &settings, VERY_QUICK_MS).await?;
    let sampled = Sampled::start(app, &settings, QUICK_MS).await?;
    // The app that takes a sample each second is looked at meanwhile.
    let (keeps_the_interval, moves) = join(cpu::is_what_was_used(&sampled), plausible::cpu_moves(app)).await;
    let keeps_the_interval = keeps_the_interval?;
    moves?;
    after_many_samples.wait_for_samples(keeps_the_interval).await;
    follow::memory_and_disk(&after_many_samples).await?;
    plausible::cpu_moves(&after_many_samples.started.app).await
}
