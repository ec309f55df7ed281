//! Parts of a check that do not disturb each other.

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;

use crate::outcome::Outcome;
use crate::subject::app::App;

/// Does all parts side by side. The check ends with the first that fails, in the order in which they are given here: so it
/// is always the same one, however long each of them takes.
pub(super) async fn side_by_side<const N: usize>(parts: [BoxFuture<'_, Outcome>; N]) -> Outcome {
    parts.into_iter().collect::<FuturesOrdered<_>>().try_collect().await
}

/// The same where each part has an app of its own. Where there is only one, as at a URL, all look at that, one after the other.
pub(super) async fn on_apps_of_their_own<const N: usize>(app: &App, parts: [BoxFuture<'_, Outcome>; N]) -> Outcome {
    if app.settings().is_ok() {
        return side_by_side(parts).await;
    }
    for part in parts {
        part.await?;
    }
    Ok(())
}
