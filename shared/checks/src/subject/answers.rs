//! Tests: answers as a server may send them, compressed, cut off, or without an end.

use exposition::Page;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::app::App;
use super::scrape::Scrape;
use crate::outcome::{Outcome, Stop};

/// Scrapes a server that answers with these bytes and hangs up.
async fn scrape(answer: Vec<u8>) -> Outcome<Page> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Stop::not_run)?;
    let url = format!("http://{}", listener.local_addr().map_err(Stop::not_run)?);
    let server = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let _ = client.read(&mut [0; 4096]).await?;
        client.write_all(&answer).await
    });
    let app = App::at(&url).map_err(Stop::not_run)?;
    let page = app.page_of(&app.ask(&Scrape::by_default()).await?);
    server.abort();
    page
}

async fn change(answer: Vec<u8>) -> String {
    match scrape(answer).await {
        Err(Stop::Failed(failure)) => failure.change,
        other => format!("{other:?}"),
    }
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast());
    // Reading from memory does not fail.
    let _ = std::io::copy(&mut { encoder }, &mut bytes);
    bytes
}

#[tokio::test]
async fn a_compressed_page_is_unpacked() {
    let page = scrape(answer("content-encoding: gzip\r\nconnection: close\r\n", &gzip("up 1\n"))).await;
    assert!(page.is_ok_and(|page| page.value("up", &[]) == Some(1.0)));
}

#[tokio::test]
async fn half_of_a_compressed_page_is_none() {
    let bytes = gzip("up 1\n");
    let half = &bytes[..bytes.len() / 2];
    let change = change(answer("content-encoding: gzip\r\nconnection: close\r\n", half)).await;
    assert_eq!(change, "Send what the header `content-encoding: gzip` promises: the page, compressed, whole and once.");
}

#[tokio::test]
async fn a_page_that_unpacks_to_too_much_is_cut() {
    let bytes = gzip(&"# a line\n".repeat(2_000_000));
    let change = change(answer("content-encoding: gzip\r\nconnection: close\r\n", &bytes)).await;
    assert_eq!(change, "Let the page of metrics come to an end.");
}

#[tokio::test]
async fn a_body_that_breaks_off_in_its_chunks_is_told_from_a_missing_newline() {
    let change = change(answer("transfer-encoding: chunked\r\n", b"5\r\nup 1\n\r\n5\r\nup")).await;
    assert_eq!(change, "Send the whole answer to GET /metrics.");
}

#[tokio::test]
async fn a_body_that_is_shorter_than_its_length_is_told_from_a_missing_newline() {
    let change = change(answer("content-length: 100\r\n", b"up 1\n")).await;
    assert_eq!(change, "Send the whole answer to GET /metrics.");
}
