//! Lesson 02: how busy are we right now?

mod connections;
mod in_progress;
pub(super) mod open_carts;
mod system;
mod trouble;

use futures_util::FutureExt;

use super::clean_page;
use crate::check::{Check, Run};
use crate::outcome::Outcome;
use crate::subject::app::App;

const LESSON: &str = "02-gauge";

pub(super) const CHECKS: &[Check] = &[
    Check {
        lesson: LESSON,
        name: "requests-in-progress",
        run: Run::Shop(|app| in_progress::rises_and_falls(app).boxed()),
    },
    Check {
        lesson: LESSON,
        name: "in-progress-returns",
        run: Run::Shop(|app| in_progress::always_returns(app).boxed()),
    },
    Check { lesson: LESSON, name: "open-carts", run: Run::Shop(|app| carts_and_trouble(app).boxed()) },
    Check {
        lesson: LESSON,
        name: "connection-pool",
        run: Run::Shop(|app| connections::are_read_at_scrape_time(app).boxed()),
    },
    Check { lesson: LESSON, name: "system", run: Run::Shop(|app| system::is_what_the_system_says(app).boxed()) },
    Check { lesson: LESSON, name: "sampling", run: Run::Shop(|app| system::is_sampled_in_the_background(app).boxed()) },
    Check { lesson: LESSON, name: "clean-page", run: Run::Shop(|app| clean_page::check(app).boxed()) },
];

async fn carts_and_trouble(app: &App) -> Outcome {
    open_carts::are_those_of_the_database(app).await?;
    trouble::is_told(app).await
}
