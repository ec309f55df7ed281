//! SQLite on a disk that fills up, and is then enlarged.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use tempfile::TempDir;

use crate::namespace::by_way_of_a_namespace;

use super::customers::{Acknowledged, client, plenty};
use super::process::Shop;

/// How many customers try to pay after the first who cannot, and how many once the disk is larger.
const CUSTOMERS: usize = 60;
const RECOVERY: Duration = Duration::from_secs(2);

#[tokio::test]
async fn no_order_is_lost_with_one_connection_when_the_disk_fills_up() {
    fill_up_and_enlarge("1").await;
}

#[tokio::test]
async fn no_order_is_lost_with_many_connections_when_the_disk_fills_up() {
    fill_up_and_enlarge("10").await;
}

async fn fill_up_and_enlarge(pool: &str) {
    let Some(disk) = Disk::of_a_mebibyte(pool) else { return };
    let client = client();
    let item = plenty(&client, &disk.shop).await;
    let mut acknowledged = Acknowledged::default();
    let mut shoppers = (0..).map(|number| format!("shopper-{number}"));
    while acknowledged.order(&client, &disk.shop, item, &shoppers.next().unwrap()).await {}
    for shopper in shoppers.by_ref().take(CUSTOMERS) {
        acknowledged.order(&client, &disk.shop, item, &shopper).await;
    }
    disk.enlarge();
    let enlarged = Instant::now();
    for shopper in shoppers.take(CUSTOMERS) {
        while !acknowledged.order(&client, &disk.shop, item, &shopper).await {
            assert!(enlarged.elapsed() < RECOVERY, "the shop does not recover");
        }
    }
    let (copy, _folder) = disk.copy();
    acknowledged.assert_kept(&copy).await;
}

/// A shop whose database is on a small disk of its own, which nobody else sees.
struct Disk {
    shop: Shop,
    folder: TempDir,
}

impl Disk {
    /// None where this user may mount no disk.
    fn of_a_mebibyte(pool: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let mount = format!("mount -t tmpfs -o size=1m tmpfs {path} && exec \"$@\"");
        let by_way_of = by_way_of_a_namespace(&mount, "a full disk")?;
        let url = format!("sqlite:{path}/shop.db");
        let shop = Shop::start(&[("DATABASE_URL", &url), ("DATABASE_MAX_CONNECTIONS", pool)], &by_way_of);
        Some(Self { shop, folder })
    }

    fn enlarge(&self) {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.shop.pid().to_string());
        if !geteuid().is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.args(["--mount", "mount", "-o", "remount,size=64m"]).arg(self.folder.path());
        assert!(command.status().unwrap().success());
    }

    /// The URL of a copy, in a folder that lives as long as the second value.
    fn copy(&self) -> (String, TempDir) {
        let copy = tempfile::tempdir().unwrap();
        let folder = format!("/proc/{}/root{}", self.shop.pid(), self.folder.path().display());
        for file in ["shop.db", "shop.db-wal"] {
            fs::copy(format!("{folder}/{file}"), copy.path().join(file)).unwrap();
        }
        (format!("sqlite:{}", copy.path().join("shop.db").display()), copy)
    }
}
