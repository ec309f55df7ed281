//! The labels of the histogram: short lists, and the right value of each for every request.

use super::each::Judge;
use super::names::{COUNT, LATENCY};
use crate::lessons::{labels, traffic};
use crate::outcome::Outcome;
use crate::subject::app::App;

pub(super) async fn are_right(app: &App) -> Outcome {
    labels::are_bounded(app, LATENCY).await?;
    let product = app.product().await?;
    let mut judge = Judge::of_labels();
    let mut requests = traffic::to_every_handler(&product);
    requests.extend(traffic::rejected_early());
    requests.extend(traffic::of_standard_methods());
    requests.extend(traffic::of_made_up_methods());
    judge.each(app, requests).await?;
    judge.paths.differ(COUNT)?;
    judge.paths.are_one_each(COUNT)
}
