//! What each lesson must show, as black-box checks of a running app.
//!
//! A check looks only at HTTP and at `/metrics`: it scrapes, sends traffic that it knows, scrapes again, and
//! judges the difference. So it accepts any implementation, in any language. What it cannot accept it explains.
//!
//! To be read in this order:
//!
//! - [`check`]: what a check is, and what it says
//! - [`exposition`] and [`lint`]: a page of metrics, read strictly, and the rules of good names
//! - [`subject`]: what a check looks at: [`app`] (a shop, as its clients see it), [`exporter`] or [`job`]
//! - [`launch`] and [`database`]: how a check starts an app of its own
//! - [`services`]: real servers beside it, and [`ports`] for all of them
//! - [`lessons`]: the checks themselves
//! - [`snapshot`]: the whole page of a lesson, with what is unstable masked
//! - [`testing`]: all of it for a lesson's own `tests/checks.rs`

pub mod app;
pub mod check;
pub mod database;
pub mod exporter;
pub mod exposition;
pub mod job;
pub mod launch;
pub mod lessons;
pub mod lint;
pub mod ports;
pub mod services;
pub mod snapshot;
pub mod subject;
pub mod testing;

pub use app::App;
pub use check::{Check, Failure, Verdict};
pub use subject::Subject;
