//! What each lesson must show, as black-box checks of a running app.
//!
//! A check looks only at HTTP and at `/metrics`: it scrapes, sends traffic that it knows, scrapes again, and
//! judges the difference. So it accepts any implementation, in any language. What it cannot accept it explains.
//!
//! A file imports only from its own floor and from those below, and no two files import from each other. From the
//! top down:
//!
//! - [`testing`]: all of it for a lesson's own `tests/checks.rs`
//! - [`lessons`]: the checks themselves
//! - [`check`]: what a check is
//! - [`subject`]: what a check looks at: a shop, an exporter or a batch job
//! - [`launch`], [`database`] and [`services`]: how a check starts an app, its database and real servers, and
//!   [`ports`] for all of them; [`exposition`] and [`lint`]: a page of metrics, read strictly, and the rules of good
//!   names; [`snapshot`]: a whole page, with what is unstable masked
//! - [`outcome`]: what comes out of a check, and how it says so

pub mod check;
pub mod database;
pub mod exposition;
pub mod launch;
pub mod lessons;
pub mod lint;
pub mod outcome;
pub mod ports;
pub mod services;
pub mod snapshot;
pub mod subject;
pub mod testing;

pub use check::Check;
pub use outcome::{Failure, Verdict};
pub use subject::{App, Subject};
