//! Requests whose answer nobody waits for.

use std::io;

use futures_util::future::try_join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::outcome::{Outcome, Stop};
use crate::subject::app::App;

/// Sends a request, and does not wait for the answer. A body that is announced as longer lacks its end. The client hangs up
/// when what is returned is dropped.
pub(super) async fn send(app: &App, method: &str, path: &str, body: &str, length: usize) -> Outcome<TcpStream> {
    let failed = |error: io::Error| Stop::NotRun(format!("cannot connect to {}: {error}", app.address()));
    let address = app.address();
    let mut stream = TcpStream::connect(&address).await.map_err(failed)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    Ok(stream)
}

/// Asks the app for an answer that it gives only after a while.
pub(super) async fn ask_for_delayed(app: &App, milliseconds: u128) -> Outcome<TcpStream> {
    send(app, "GET", &format!("/simulate?delay_ms={milliseconds}"), "", 0).await
}

/// So many scrapers lose their patience: they ask for the page, and hang up before it comes.
pub(super) async fn scrapers_hang_up(app: &App, count: usize) -> Outcome {
    let scrapers = try_join_all((0..count).map(|_| send(app, "GET", "/metrics", "", 0))).await?;
    // Once this is answered, the app has them.
    app.get("/live").await?.expect_status(200)?;
    drop(scrapers);
    Ok(())
}
