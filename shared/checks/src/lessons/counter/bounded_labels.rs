//! The labels of `http_requests_total`: short lists, and the right value of each for every request.

use std::collections::BTreeSet;

use super::names::{REQUESTS, WHY_REQUESTS};
use super::requests::{Counted, each_counts, is_standard, paths_of};
use crate::lessons::labels;
use crate::lessons::traffic;
use crate::outcome::{Failure, Outcome};
use crate::subject::app::App;

pub(super) async fn are_right(app: &App) -> Outcome {
    labels::are_bounded(app, REQUESTS).await?;
    let product = app.product().await?;
    let mut requests = traffic::to_every_handler(&product);
    requests.extend(traffic::rejected_early());
    requests.extend(traffic::of_standard_methods());
    let mut counted = each_counts(app, requests).await?;
    let made_up = each_counts(app, traffic::of_made_up_methods()).await?;
    share_a_method(&made_up)?;
    counted.extend(made_up);
    let paths = paths_of(&counted);
    paths.differ(REQUESTS)?;
    paths.are_one_each(REQUESTS)
}

/// One value for all methods that clients make up, and none that HTTP has for something else.
fn share_a_method(made_up: &[Counted]) -> Outcome {
    let values: BTreeSet<_> = made_up.iter().map(|counted| counted.moved.label("method")).collect();
    if values.len() == 1 && !values.iter().any(|value| is_standard(value)) {
        return Ok(());
    }
    Failure::change("Give all methods that HTTP does not know one label value, such as `other`.")
        .expected("one `method` for them all, which is none of HTTP's own")
        .seen(
            made_up
                .iter()
                .map(|Counted { sent, moved }| format!("{}   has method=\"{}\"", sent.line(), moved.label("method"))),
        )
        .mistake("A method that nobody knows is counted as one of HTTP's own, such as GET, or as several.")
        .why(WHY_REQUESTS)
        .stop()
}
