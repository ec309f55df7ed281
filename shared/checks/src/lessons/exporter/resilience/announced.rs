//! The page is there before Prometheus gives up, which says with each scrape when that will be.

use futures_util::FutureExt;

use super::collectors::work_again;
use super::instance::{Instance, Others};
use super::scrape::{SCRAPE_TIMEOUT_HEADER, fetch, is_answered_in_time, late, room};
use super::stalled::SIGN_OF_LIFE;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome, Stop};
use crate::subject::app::{App, PATIENCE};

/// How often a busy machine may be late, where the exporter is not.
const ATTEMPTS: usize = 4;
/// What no Prometheus says, but anybody may.
const ODD: [&str; 9] = ["", "soon", "-1", "-0.5", "0", "NaN", "inf", "1e300", "99999999999999999999"];
const AFTER: &str = "a time in which PostgreSQL said nothing";

/// What keeps PostgreSQL from answering.
struct Silence {
    /// How long Prometheus waits, in seconds, as it writes it.
    announced: &'static str,
    /// The longest message that still reaches the server.
    longest: usize,
    /// Whether there is a connection already.
    is_connected: bool,
    when: &'static str,
}

/// Each is waited for nearly as long as is announced: an exporter that gives up much earlier would be none the worse.
const SILENCES: [Silence; 3] = [
    Silence {
        announced: "2.5",
        longest: SIGN_OF_LIFE,
        is_connected: true,
        when: "PostgreSQL stops answering in the middle of it",
    },
    Silence { announced: "2", longest: 0, is_connected: true, when: "PostgreSQL answers nothing any more" },
    Silence { announced: "2", longest: 0, is_connected: false, when: "PostgreSQL takes connections, but says nothing" },
];

/// Each of an exporter of its own, so that nobody else waits.
pub(super) async fn time_is_kept(others: &Others<'_>) -> Outcome {
    let [first, second, third] = SILENCES.map(|silence| is_in_time(others, silence).boxed());
    parts::side_by_side([odd_headers_are_answered(others).boxed(), first, second, third]).await
}

async fn odd_headers_are_answered(others: &Others<'_>) -> Outcome {
    let instance = others.start().await?;
    for odd in ODD {
        odd_header_is_answered(&instance.app, odd).await?;
    }
    Ok(())
}

async fn is_in_time(others: &Others<'_>, silence: Silence) -> Outcome {
    let Silence { announced, longest, is_connected, when } = silence;
    let Instance { app, link, .. } = &mut others.start().await?;
    work_again(app, AFTER).await?;
    let mut delay = room(app).await?;
    for _ in 0..ATTEMPTS {
        if !is_connected {
            link.restore().await.map_err(Stop::not_run)?;
        }
        link.stall(longest);
        let is_in_time = is_answered_in_time(app, announced, delay, when).await;
        link.resume();
        let is_in_time = is_in_time?;
        work_again(app, AFTER).await?;
        if is_in_time {
            return Ok(());
        }
        // What was quiet before may have become busy.
        delay = delay.max(room(app).await?);
    }
    late(&format!("{announced}`"), &format!("{announced} seconds, in each of {ATTEMPTS} scrapes"), when).stop()
}

/// What cannot be read as a number of seconds is as good as nothing.
async fn odd_header_is_answered(app: &App, odd: &str) -> Outcome {
    let seen = match fetch(app, odd, PATIENCE * 3).await {
        Ok(answer) if answer.status == 200 => return answer.page().map(drop),
        Ok(answer) => format!("GET /metrics -> {}", answer.status),
        Err(error) => format!("GET /metrics -> {error}"),
    };
    Failure::change("Answer each scrape, whatever it announces.")
        .expected(format!("a page with status 200, for `{}: {odd}`", SCRAPE_TIMEOUT_HEADER))
        .seen([seen])
        .mistake("The header is taken for a number that makes sense. Such a text, or a negative number, makes `unwrap` and `Duration::from_secs_f64` panic.")
        .why("Whoever can reach the port can send any header. An exporter always answers.")
        .stop()
}
