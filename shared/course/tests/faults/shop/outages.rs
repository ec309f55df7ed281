//! A PostgreSQL that is killed, stalls, or is locked, while customers order.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Client;
use sqlx::{AnyConnection, Connection, Executor};
use tokio::time::sleep;

use super::customers::{Acknowledged, client, column, plenty};
use super::far_database::FarDatabase;
use super::gauges::assert_at_base;
use super::process::Shop;

const RECOVERY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);
/// How long customers order before and after the trouble.
const CALM: Duration = Duration::from_millis(300);
const TROUBLE: Duration = Duration::from_millis(1_500);
const CUSTOMERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_when_postgresql_is_killed() {
    let Some(far) = FarDatabase::start("4").await else { return };
    let url = far.database_url().to_owned();
    customers_order_during(&far, async {
        // It takes the whole server down, which then recovers from its log.
        let backends = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND query <> '' LIMIT 1";
        let pid = *column::<i32>(&url, backends).await.first().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        let deadline = Instant::now() + PATIENCE;
        sleep(CALM).await;
        while AnyConnection::connect(&url).await.is_err() {
            assert!(Instant::now() < deadline, "PostgreSQL does not come back");
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_when_postgresql_stalls() {
    let Some(far) = FarDatabase::start("4").await else { return };
    customers_order_during(&far, async {
        far.link.pause();
        sleep(TROUBLE).await;
        far.link.go_on();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_when_a_table_is_locked() {
    let Some(far) = FarDatabase::start("4").await else { return };
    let mut locker = AnyConnection::connect(far.database_url()).await.unwrap();
    customers_order_during(&far, async {
        let mut lock = locker.begin().await.unwrap();
        lock.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await.unwrap();
        sleep(TROUBLE).await;
        lock.rollback().await.unwrap();
    })
    .await;
}

/// Customers order before, during and after the trouble. All that they were told is kept, and nothing is left over.
async fn customers_order_during(far: &FarDatabase, trouble: impl Future<Output = ()>) {
    let (shop, customer) = (&far.shop, client());
    let item = plenty(&customer, shop).await;
    let before = shop.descriptors();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let customers = join_all((0..CUSTOMERS).map(|number| {
        let stopped = stopped.clone();
        let customer = &customer;
        async move { order_until(customer, shop, item, number, || *stopped.borrow()).await }
    }));
    let (kept, recovery) = tokio::join!(customers, async {
        sleep(CALM).await;
        trouble.await;
        let calm = Instant::now();
        while !Acknowledged::default().order(&customer, shop, item, "after-the-trouble").await {}
        let recovery = calm.elapsed();
        sleep(CALM).await;
        stop.send_replace(true);
        recovery
    });
    assert!(recovery < RECOVERY, "it took {recovery:?} to recover");
    for acknowledged in &kept {
        assert!(!acknowledged.orders.is_empty());
        acknowledged.assert_kept(far.database_url()).await;
    }
    assert_at_base(shop, far.database_url()).await;
    let after = shop.descriptors();
    assert!(after <= before + CUSTOMERS + 8, "{after} descriptors, {before} before");
}

async fn order_until(client: &Client, shop: &Shop, item: i64, number: usize, stop: impl Fn() -> bool) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    let mut order = 0;
    while !stop() {
        order += 1;
        acknowledged.order(client, shop, item, &format!("customer-{number}-{order}")).await;
    }
    acknowledged
}
