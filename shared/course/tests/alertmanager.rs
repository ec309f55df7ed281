//! A real Alertmanager with the course's configuration keeps the effects quiet when it knows the cause.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::time::Duration;

use checks::services::alertmanager::Alertmanager;
use checks::services::if_installed;
use course::path;
use tokio::time::Instant;

/// How long it may take to learn of the alerts: this machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// An alert: its name, its job, and its instance if it has one.
type Alert = (&'static str, &'static str, &'static str);

#[tokio::test]
async fn a_shop_that_is_down_keeps_its_other_alerts_quiet_and_no_one_elses() {
    let shop_fails = ("ShopFails", "shop", "");
    let pool = ("PoolExhausted", "shop", "10.0.0.1:8000");
    let replica = ("TargetDown", "shop", "10.0.0.1:8000");
    let late = ("BatchJobLate", "expire_carts", "");
    let node = ("TargetDown", "node", "node-exporter");
    assert_quiet(&[("ShopDown", "shop", ""), shop_fails, pool, replica, late, node], &[shop_fails, pool, replica])
        .await;
}

#[tokio::test]
async fn a_replica_that_is_down_keeps_its_own_alerts_quiet_and_not_those_of_all() {
    let down = ("TargetDown", "shop", "10.0.0.1:8000");
    let its_own = ("PoolExhausted", "shop", "10.0.0.1:8000");
    let of_another = ("PoolExhausted", "shop", "10.0.0.2:8000");
    let of_all = ("ShopFails", "shop", "");
    assert_quiet(&[down, its_own, of_another, of_all], &[its_own]).await;
}

#[tokio::test]
async fn an_exporter_that_is_down_explains_that_nobody_watches_the_database() {
    let down = ("TargetDown", "exporter", "exporter");
    let unwatched = ("DatabaseUnwatched", "exporter", "");
    assert_quiet(&[down, unwatched], &[unwatched]).await;
}

#[tokio::test]
async fn a_database_that_is_down_explains_a_shop_and_a_job_that_fail_and_not_a_job_that_is_late() {
    let down = ("DatabaseDown", "exporter", "exporter");
    let shop_fails = ("ShopFails", "shop", "");
    let job_failed = ("BatchJobFailed", "expire_carts", "");
    let job_late = ("BatchJobLate", "expire_carts", "");
    assert_quiet(&[down, shop_fails, job_failed, job_late], &[shop_fails, job_failed]).await;
}

#[tokio::test]
async fn alerts_without_a_cause_among_them_are_all_told() {
    let alerts =
        [("ShopFails", "shop", ""), ("PoolExhausted", "shop", "10.0.0.1:8000"), ("BatchJobLate", "expire_carts", "")];
    assert_quiet(&alerts, &[]).await;
}

async fn assert_quiet(firing: &[Alert], quiet: &[Alert]) {
    let alertmanager = Alertmanager::start(&path("alertmanager/alertmanager.yml")).await;
    let Some(alertmanager) = if_installed(alertmanager, "the inhibition of alerts").unwrap() else { return };
    let labels = |(name, job, instance): &Alert| {
        let labels = [("alertname", *name), ("job", *job), ("instance", *instance)];
        labels
            .map(|(label, value)| (label.to_owned(), value.to_owned()))
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
    };
    let firing: Vec<_> = firing.iter().map(|alert| labels(alert).collect()).collect();
    let expected: BTreeSet<_> = quiet.iter().map(|alert| labels(alert).collect()).collect();
    let deadline = Instant::now() + PATIENCE;
    let mut found = alertmanager.quiet_of(&firing).await.unwrap();
    while found != expected && Instant::now() < deadline {
        found = alertmanager.quiet_of(&firing).await.unwrap();
    }
    assert_eq!(found, expected);
}
