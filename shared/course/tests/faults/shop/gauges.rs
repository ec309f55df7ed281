//! What is left over when all is calm again.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::customers::{client, column};
use super::process::Shop;

const PATIENCE: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// No request is in progress, no connection in use, and no session of the server inside a transaction.
pub(crate) async fn assert_at_base(shop: &Shop, database_url: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = left_over(shop, database_url).await;
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "left over:\n{}", left.join("\n"));
        sleep(POLL_INTERVAL).await;
    }
}

async fn left_over(shop: &Shop, database_url: &str) -> Vec<String> {
    let page = client().get(shop.url("/metrics")).send().await.unwrap().text().await.unwrap();
    let busy = |line: &&str| line.starts_with("http_requests_in_progress") || line.starts_with("db_connections_active");
    let mut left: Vec<_> = page.lines().filter(busy).filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect();
    if database_url.starts_with("postgres") {
        let open = "SELECT CAST(pid AS TEXT) || ' is ' || state FROM pg_stat_activity WHERE state LIKE 'idle in %'";
        left.extend(column::<String>(database_url, open).await);
    }
    left
}
