//! What each lesson must show, as black-box checks of a running app.
//!
//! A check looks only at HTTP and at `/metrics`: it scrapes, sends traffic that it knows, scrapes again, and
//! judges the difference. So it accepts any implementation, in any language. What it cannot accept it explains.
//!
//! To be read in this order:
//!
//! - [`check`]: what a check is, and what it says
//! - [`exposition`] and [`lint`]: a page of metrics, read strictly, and the rules of good names
//! - [`app`]: the app under test, as its clients see it
//! - [`launch`] and [`database`]: how a check starts an app of its own
//! - [`lessons`]: the checks themselves
//! - [`snapshot`]: the whole page of a lesson, with what is unstable masked
//! - [`testing`]: all of it for a lesson's own `tests/checks.rs`

pub mod app;
pub mod check;
pub mod database;
pub mod exposition;
pub mod launch;
pub mod lessons;
pub mod lint;
pub mod snapshot;
pub mod testing;

pub use app::App;
pub use check::{Check, Failure, Verdict};
