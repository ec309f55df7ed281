//! What this machine has and runs: cargo, Docker's Compose, Prometheus, ports, signals.

pub mod any_page;
pub mod cargo;
pub mod compose;
pub mod foreground;
pub mod ports;
pub mod prometheus;
pub mod shop_url;
pub mod signals;
