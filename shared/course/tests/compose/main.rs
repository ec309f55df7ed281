//! The compose file, run for real: the stack of every solution is built, started, asked over HTTP, and taken down.
//!
//!     cargo test --package course --test compose
//!
//! It needs Docker with compose, and the images that the file names, or a registry to pull them from.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod stack;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use stack::{Series, Stack, eventually};

/// What Prometheus watches in every profile.
const ALWAYS: [&str; 4] = ["prometheus", "alertmanager", "node", "shop"];

#[test]
fn every_lesson_and_every_solution_has_a_profile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let compose = std::fs::read_to_string(root.join("docker-compose.yml")).unwrap();
    for (folder, prefix) in [("lessons", "lesson"), ("solutions", "solution")] {
        for entry in root.join(folder).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let number = name.split('-').next().unwrap();
            let service = format!("\n  {prefix}-{number}:\n");
            let package = format!("PACKAGE: {prefix}-{name} }}");
            assert!(compose.contains(&service) && compose.contains(&package), "{prefix}-{name}");
        }
    }
}

/// Both versions, where both are installed.
#[test]
fn each_version_of_compose_accepts_the_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let versions = stack::versions();
    assert!(!versions.is_empty());
    for mut compose in versions {
        compose.args(["--file", "docker-compose.yml", "--file", "docker-compose.light.yml"]);
        for lesson in ["00", "01", "02", "03", "04", "05", "06"] {
            compose.args(["--profile", &format!("lesson-{lesson}"), "--profile", &format!("solution-{lesson}")]);
        }
        compose.args(["--profile", "metrics-address", "--profile", "pushgateway-secured", "--profile", "full"]);
        let output = compose.args(["config", "--quiet"]).current_dir(&root).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{compose:?}: {said}");
    }
}

#[test]
fn no_container_may_do_more_than_it_has_to() {
    for profile in ["solution-05", "solution-06", "pushgateway-secured"] {
        let stack = Stack::of(profile);
        stack.succeed(&["up", "--no-start", "--build"]);
        for container in stack.inspect() {
            let (name, host) = (&container["Name"], &container["HostConfig"]);
            assert_eq!(host["ReadonlyRootfs"], true, "{name}");
            assert_eq!(host["CapDrop"], json!(["ALL"]), "{name}");
            let security = host["SecurityOpt"].as_array().unwrap();
            assert!(security.contains(&json!("no-new-privileges:true")), "{name}: {security:?}");
            assert_eq!(host["Init"], true, "{name}");
            assert!(host["Memory"].as_u64().unwrap() > 0, "{name} has no limit");
            assert!(!["", "root", "0"].contains(&container["Config"]["User"].as_str().unwrap()), "{name} is root");
            for binding in
                host["PortBindings"].as_object().unwrap().values().flat_map(|ports| ports.as_array().unwrap())
            {
                assert_eq!(binding["HostIp"], "127.0.0.1", "{name}");
            }
        }
    }
}

#[tokio::test]
async fn solution_00_says_what_runs() {
    a_shop_answers("solution-00", "count(app_info)").await;
}

#[tokio::test]
async fn solution_01_counts() {
    a_shop_answers("solution-01", "sum(cart_additions_total)").await;
}

#[tokio::test]
async fn solution_02_measures_how_busy_it_is() {
    a_shop_answers("solution-02", "max(cart_sessions_active)").await;
}

#[tokio::test]
async fn solution_03_measures_how_slow_it_is() {
    let query = "histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket[1m])) by (le))";
    a_shop_answers("solution-03", query).await;
}

/// What a volume holds survives, and nothing else is left behind. Nobody is punished for typing a command twice.
async fn a_shop_answers(profile: &str, query: &str) {
    let stack = Stack::up(profile).await;
    stack.until_up(&ALWAYS).await;
    eventually(query, async || {
        stack.add_to_cart("ana").await;
        let series = stack.query(query).await;
        if series.iter().any(|(_, value)| *value > 0.0) { Ok(()) } else { Err(format!("{series:?}")) }
    })
    .await;
    // Some versions remove no images any more once all else is gone.
    stack.succeed(&["down", "--volumes", "--rmi", "local"]);
    assert_eq!(stack.belongings(), Vec::<String>::new());
}

#[tokio::test]
async fn replicas_are_found_and_added_up() {
    const REQUESTS: usize = 20;
    let stack = Stack::of("solution-04");
    stack.start(&["--scale", "solution-04=3"]).await;
    stack.until_query("count(up{job=\"shop\"} == 1)", |count| count == 3.0).await;

    let replicas = stack.replicas();
    assert_eq!(replicas.len(), 3, "{replicas:?}");
    for replica in &replicas {
        for _ in 0..REQUESTS {
            stack.get(&format!("{replica}/items")).await;
        }
    }
    let requests = "http_requests_total{path=\"/items\"}";
    stack.until_query(&format!("sum({requests})"), |sum| sum == (3 * REQUESTS) as f64).await;
    for (replica, value) in stack.query(requests).await {
        assert_eq!(value, REQUESTS as f64, "{replica:?}");
    }
    let rate = "rate(http_requests_total{path=\"/items\"}[1m])";
    let sum_of_all = format!("sum({rate}) / max({rate})");
    eventually("the sum is more than two of them", async || {
        for replica in &replicas {
            stack.get(&format!("{replica}/items")).await;
        }
        let series = stack.query(&sum_of_all).await;
        if series.iter().any(|(_, value)| *value > 2.0) { Ok(()) } else { Err(format!("{series:?}")) }
    })
    .await;
    stack.until_query("sum(rate(db_query_duration_seconds_count[1m]))", |rate| rate > 0.0).await;
}

#[tokio::test]
async fn typed_twice_a_command_breaks_nothing_and_a_volume_keeps_what_it_holds() {
    let stack = Stack::up("solution-00").await;
    stack.add_to_cart("ana").await;
    stack.start(&[]).await;
    stack.succeed(&["down"]);
    stack.succeed(&["down"]);
    stack.start(&[]).await;
    let cart = stack.get(&stack.url("SHOP_PORT", "/carts/ana")).await;
    assert_eq!(cart.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_light_way_leaves_out_what_a_small_machine_can_do_without() {
    let stack = Stack::of("solution-03").with_file("docker-compose.light.yml");
    stack.start(&[]).await;
    stack.until_up(&["prometheus", "shop"]).await;
    let services: Vec<_> = stack.services().into_iter().collect();
    assert_eq!(services, ["postgres", "prometheus", "solution-03"]);
}

#[tokio::test]
async fn with_an_address_of_its_own_the_metrics_are_for_prometheus_alone() {
    let stack = Stack::up("metrics-address").await;
    stack.until_up(&ALWAYS).await;
    stack.until_query("up{job=\"shop\",instance=~\".*:9101\"}", |up| up == 1.0).await;
    assert_eq!(stack.get(&stack.url("SHOP_PORT", "/items")).await.status(), StatusCode::OK);
    assert_eq!(stack.get(&stack.url("SHOP_PORT", "/metrics")).await.status(), StatusCode::NOT_FOUND);
}

/// It is healthy only if it takes the password of `.env`, over TLS.
#[tokio::test]
async fn the_secured_pushgateway_wants_a_password_and_tls() {
    let stack = Stack::up("pushgateway-secured").await;
    let answer = stack.get(&stack.url("PUSHGATEWAY_PORT", "/metrics")).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let wget = "wget --spider --no-check-certificate https://127.0.0.1:9091/-/ready 2>&1 || true";
    let said = stack.succeed(&["exec", "-T", "pushgateway-secured", "sh", "-c", wget]);
    assert!(said.contains("401"), "{said}");
}

#[tokio::test]
async fn both_exporters_agree_and_a_database_that_is_down_alerts() {
    let stack = Stack::up("solution-05").await;
    stack.until_up(&[&ALWAYS[..], &["exporter", "postgres-exporter"]].concat()).await;
    for metric in ["pg_up", "pg_settings_max_connections", "pg_database_size_bytes{datname=\"template0\"}"] {
        stack.until_query(&format!("count({metric})"), |count| count == 2.0).await;
        let values: Vec<_> = stack.query(metric).await.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values[0], values[1], "{metric}");
    }
    // The shop and both exporters go on committing, so these are two moments of one counter.
    let commits = "pg_stat_database_xact_commit{datname=\"shop\"}";
    eventually("both see the same commits", async || {
        let series = stack.query(&format!("{commits} and on () (pg_up == 1)")).await;
        if is_about_the_same(&series) { Ok(()) } else { Err(format!("{series:?}")) }
    })
    .await;

    stack.succeed(&["stop", "postgres"]);
    stack.until_query("pg_up{job=\"exporter\"}", |up| up == 0.0).await;
    stack.until_query("pg_up{job=\"postgres-exporter\"}", |up| up == 0.0).await;
    stack.until_alert("DatabaseDown").await;
    stack.succeed(&["start", "postgres"]);
    stack.until_query("min(pg_up)", |up| up == 1.0).await;
}

/// Within 10 %: two scrapes are at most 5 seconds apart.
fn is_about_the_same(series: &Series) -> bool {
    let jobs: BTreeMap<_, _> = series.iter().map(|(labels, value)| (&labels["job"], *value)).collect();
    let values: Vec<_> = jobs.into_values().collect();
    values.len() == 2 && (values[0] - values[1]).abs() < 0.1 * values[0].max(values[1])
}

#[tokio::test]
async fn the_batch_job_runs_at_the_start_on_a_schedule_and_on_demand() {
    let stack = Stack::of("solution-06").with_variable("BATCH_INTERVAL", "20s").with_variable("BATCH_OLDER_THAN", "1s");
    stack.start(&[]).await;
    stack.until_up(&[&ALWAYS[..], &["pushgateway"]].concat()).await;
    let last_success = "batch_last_success_timestamp_seconds{job=\"expire_carts\"}";
    stack.until_query(last_success, |stamp| stamp > 0.0).await;
    let at_the_start = stack.query(last_success).await[0].1;
    stack.until_query(last_success, |stamp| stamp > at_the_start).await;

    eventually("a run on demand expires the cart", async || {
        stack.add_to_cart("ana").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let said = stack.succeed(&["exec", "-T", "solution-06", "app", "--older-than", "1s"]);
        if said.contains("carts expired: 1") { Ok(()) } else { Err(said) }
    })
    .await;
    // Nobody pushes any more: what is there after the restart was there before.
    stack.succeed(&["stop", "solution-06"]);
    stack.succeed(&["restart", "pushgateway"]);
    eventually("the Pushgateway still has the last success", async || {
        let page = stack.page(&stack.url("PUSHGATEWAY_PORT", "/metrics")).await?;
        if page.contains("batch_last_success_timestamp_seconds{") { Ok(()) } else { Err(page) }
    })
    .await;
}
