//! The news, as server-sent events.

use std::convert::Infallible;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};

use crate::live::news::{News, json};

/// What is known at first, and then whatever is new.
pub(super) fn stream(mut news: News) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    news.families.mark_changed();
    news.scrape.mark_changed();
    news.lesson.mark_changed();
    let events = stream::unfold(news, |mut news| async move {
        let event = next(&mut news).await?;
        Some((Ok(event), news))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// The next piece, families before their scrape; none when the scraper has ended.
async fn next(news: &mut News) -> Option<Event> {
    loop {
        let (name, data) = tokio::select! {
            biased;
            changed = news.families.changed() => {
                changed.ok()?;
                ("families", news.families.borrow_and_update().clone())
            }
            changed = news.lesson.changed() => {
                changed.ok()?;
                ("lesson", json(&*news.lesson.borrow_and_update()))
            }
            changed = news.scrape.changed() => {
                changed.ok()?;
                ("scrape", news.scrape.borrow_and_update().clone())
            }
        };
        // Before the first scrape there is nothing to tell.
        if !data.is_empty() {
            return Some(Event::default().event(name).data(data));
        }
    }
}
