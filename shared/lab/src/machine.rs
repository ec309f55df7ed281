//! What this machine has and runs: cargo, git's merge, Docker's Compose, Prometheus, ports, signals.

pub mod cargo;
pub mod compose;
pub mod foreground;
pub mod merge;
pub mod ports;
pub mod prometheus;
pub mod shop_url;
pub mod signals;
