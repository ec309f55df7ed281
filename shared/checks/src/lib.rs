//! What each lesson must show, as black-box checks of a running app.
//!
//! A check looks only at HTTP and at `/metrics`: it scrapes, sends traffic that it knows, scrapes again, and
//! judges the difference. So it accepts any implementation, in any language. What it cannot accept it explains.
//!
//! To be read from the top floor down. A file imports from its own floor and from those below, and no files import each
//! other in a circle:
//!
//! - this file: what other crates use most. Inside the crate, nobody imports it from here
//! - [`testing`]: the checks as tests, for a lesson's own `tests/checks.rs`
//! - [`lessons`]: the checks themselves, and the scripts after which a whole page is compared
//! - [`side_by_side`]: several checks at a time
//! - [`check`]: what a check is
//! - [`subject`]: what a check looks at: a shop (as its clients see it), an exporter or a batch job
//! - the tools, side by side:
//!   - [`exposition`] and [`lint`]: a page of metrics, read strictly, and the rules of good names
//!   - [`snapshot`]: a page as text, with what is unstable masked
//!   - [`launch`] and [`database`]: how a check starts an app of its own
//!   - `trouble`: a database that is gone, answers nothing, or refuses
//!   - [`services`]: real servers beside it, and [`ports`] for all of them
//!   - `sandbox`: a program in a sandbox is a process behind others
//!   - `stall`: whether the machine stood still
//! - [`outcome`]: what comes out of a check, and how it says so

pub mod check;
pub mod database;
pub mod launch;
pub mod lessons;
pub mod lint;
mod memory;
pub mod outcome;
pub mod ports;
mod sandbox;
pub mod services;
pub mod side_by_side;
pub mod snapshot;
mod stall;
pub mod subject;
pub mod testing;
mod trouble;

pub use check::Check;
pub use exposition;
pub use outcome::{Failure, Verdict};
pub use subject::{App, Subject};
