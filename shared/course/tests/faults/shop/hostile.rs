//! Clients who send half a request, and wait.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::customers::client;
use super::gauges::assert_at_base;
use super::process::Shop;

const PATIENCE: Duration = Duration::from_secs(30);

/// Nothing at all, half a head, and half a body.
const HALVES: [&str; 3] = [
    "",
    "POST /carts/half/items HTTP/1.1\r\nHost: shop\r\n",
    "POST /carts/half/items HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{",
];

fn shop(folder: &tempfile::TempDir, by_way_of: &[&str]) -> Shop {
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    Shop::start(&[("DATABASE_URL", &url)], by_way_of)
}

#[tokio::test]
async fn whoever_sends_half_a_request_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop(&folder, &[]);
    let (address, before) = (shop.address(), shop.descriptors());
    let ends = HALVES.map(|half| async move {
        let mut client = send(address, half).await.unwrap();
        let end = timeout(PATIENCE, client.read_to_end(&mut Vec::new())).await;
        assert!(end.is_ok(), "still open: {half:?}");
    });
    join_all(ends).await;
    assert_at_base(&shop, "").await;
    assert!(shop.descriptors() <= before + 4, "{} descriptors, {before} before", shop.descriptors());
}

#[tokio::test]
async fn a_crowd_that_sends_half_requests_keeps_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop(&folder, &["sh", "-c", "ulimit -n 256 && exec \"$@\"", "sh"]);
    let mut crowd = Vec::new();
    for number in 0..1000 {
        crowd.push(timeout(PATIENCE, send(shop.address(), HALVES[number % 3])).await.unwrap().unwrap());
    }
    let items = client().get(shop.url("/items")).timeout(PATIENCE).send().await;
    assert!(items.is_ok_and(|items| items.status() == 200), "nobody is served");
}

#[tokio::test]
async fn whoever_reads_no_answer_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop(&folder, &[]);
    let mut client = TcpStream::connect(shop.address()).await.unwrap();
    let asks = async { while client.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n").await.is_ok() {} };
    assert!(timeout(PATIENCE, asks).await.is_ok(), "still open");
}

async fn send(address: SocketAddr, half: &str) -> std::io::Result<TcpStream> {
    let mut client = TcpStream::connect(address).await?;
    client.write_all(half.as_bytes()).await?;
    Ok(client)
}
