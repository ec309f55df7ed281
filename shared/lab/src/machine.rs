//! What this machine has and runs: cargo, git's merge, Docker's Compose and its images, Prometheus, the network, ports,
//! signals.

pub mod any_page;
pub mod cargo;
pub mod compose;
pub mod foreground;
pub mod images;
pub mod mdbook;
pub mod merge;
pub mod network;
pub mod ports;
pub mod prometheus;
pub mod shop_url;
pub mod signals;
