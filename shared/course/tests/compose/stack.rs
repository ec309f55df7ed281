//! One run of the compose file, with ports and a name of its own, and taken down when the test is over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use checks::ports::free_port;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

/// How long something may take to become true. An alert waits for a minute by itself, and CI may be busy.
const PATIENCE: Duration = Duration::from_secs(180);
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The variables of `.env` that say where a service is published.
const PORTS: [&str; 6] =
    ["SHOP_PORT", "EXPORTER_PORT", "PROMETHEUS_PORT", "PUSHGATEWAY_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT"];
/// As many as `.env` has.
const REPLICA_PORTS: u16 = 10;

/// What Prometheus answers: the labels of each series, and its value.
pub(crate) type Series = Vec<(BTreeMap<String, String>, f64)>;

/// The stack of a profile.
pub(crate) struct Stack {
    project: String,
    profile: String,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
    client: Client,
}

impl Stack {
    /// Builds and starts a profile, and waits until everything in it is healthy.
    pub(crate) async fn up(profile: &str) -> Self {
        let stack = Self::of(profile);
        stack.start(&[]).await;
        stack
    }

    /// A stack that nobody has started yet.
    pub(crate) fn of(profile: &str) -> Self {
        let first_replica = free_port().unwrap();
        let mut variables: Vec<_> = PORTS.map(|name| (name, free_port().unwrap().to_string())).into();
        variables.push(("REPLICA_PORTS", format!("{first_replica}-{}", first_replica + REPLICA_PORTS - 1)));
        Self {
            project: format!("course-test-{first_replica}"),
            profile: profile.to_owned(),
            arguments: Vec::new(),
            variables,
            // A connection that was kept would be one to a container that is gone.
            client: Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap(),
        }
    }

    /// With a second compose file on top of the first.
    pub(crate) fn with_file(mut self, file: &str) -> Self {
        self.arguments.extend(["--file", "docker-compose.yml", "--file", file].map(str::to_owned));
        self
    }

    /// With another value than `.env` has.
    pub(crate) fn with_variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// `up`, with further arguments, until everything is healthy. The first version of Compose cannot wait.
    pub(crate) async fn start(&self, arguments: &[&str]) {
        let until = if is_second() { "--wait" } else { "--detach" };
        self.succeed(&[&["up", "--build", until], arguments].concat());
        eventually("every container is healthy", async || {
            let starting = self.containers().into_iter().filter(|(_, status)| !is_well(status)).collect::<Vec<_>>();
            if starting.is_empty() { Ok(()) } else { Err(format!("{starting:?}")) }
        })
        .await;
    }

    /// Runs a command of compose, which has to succeed. What it prints.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.compose(arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?} of {}: {text}", self.profile);
        text
    }

    fn compose(&self, arguments: &[&str]) -> Output {
        let mut command = compose_program();
        command.args(&self.arguments).args(["--project-name", &self.project, "--profile", &self.profile]);
        command.args(arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// The names of the services that have a container, running or not.
    pub(crate) fn services(&self) -> BTreeSet<String> {
        self.containers().into_iter().map(|(service, _)| service).collect()
    }

    /// The service and the status of each container.
    fn containers(&self) -> Vec<(String, String)> {
        let format = "{{.Label \"com.docker.compose.service\"}}\t{{.Status}}";
        let lines = self.docker(&["ps", "--all", "--format", format]);
        lines.iter().filter_map(|line| line.split_once('\t')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    }

    /// The containers, networks, volumes and images of its own that there are.
    pub(crate) fn belongings(&self) -> Vec<String> {
        let lists: [&[&str]; 3] = [&["ps", "--all", "--quiet"], &["network", "ls", "--quiet"], &["volume", "ls", "-q"]];
        lists.iter().flat_map(|list| self.docker(list)).chain(self.images()).collect()
    }

    /// The images that were built for it: their names begin with that of the project.
    fn images(&self) -> Vec<String> {
        let reference = format!("reference={}*", self.project);
        docker(&["images", "--format", "{{.Repository}}", "--filter", &reference])
    }

    /// What Docker knows of each container.
    pub(crate) fn inspect(&self) -> Vec<Value> {
        let containers = self.docker(&["ps", "--all", "--quiet"]);
        let output = Command::new("docker").arg("inspect").args(containers).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn docker(&self, arguments: &[&str]) -> Vec<String> {
        let filter = format!("label=com.docker.compose.project={}", self.project);
        docker(&[arguments, &["--filter", &filter]].concat())
    }

    /// Where a service is published, by the name of its variable.
    pub(crate) fn url(&self, port: &str, path: &str) -> String {
        let (_, port) = self.variables.iter().find(|(name, _)| *name == port).unwrap();
        format!("http://127.0.0.1:{port}{path}")
    }

    /// Where each replica of the shop is published.
    pub(crate) fn replicas(&self) -> Vec<String> {
        let ports =
            self.docker(&["ps", "--filter", "label=com.docker.compose.service=solution-04", "--format", "{{.Ports}}"]);
        let address = |ports: &String| ports.split_once("->").map(|(address, _)| format!("http://{address}"));
        ports.iter().filter_map(address).collect()
    }

    pub(crate) async fn get(&self, url: &str) -> Response {
        self.client.get(url).send().await.unwrap()
    }

    /// What is at a URL, if anything answers there yet.
    pub(crate) async fn page(&self, url: &str) -> Result<String, String> {
        let answer = self.client.get(url).send().await.map_err(|error| error.to_string())?;
        answer.text().await.map_err(|error| error.to_string())
    }

    /// Puts an item into a cart, and the cart into the database.
    pub(crate) async fn add_to_cart(&self, session: &str) {
        let url = self.url("SHOP_PORT", &format!("/carts/{session}/items"));
        let answer = self.client.post(url).json(&json!({ "item_id": 1, "quantity": 1 })).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// What a query gives right now.
    pub(crate) async fn query(&self, promql: &str) -> Series {
        let url = self.url("PROMETHEUS_PORT", "/api/v1/query");
        let answer = self.client.get(url).query(&[("query", promql)]).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["status"], "success", "{promql}: {answer}");
        let result = answer["data"]["result"].as_array().unwrap();
        result.iter().map(|series| (labels(&series["metric"]), number(&series["value"]))).collect()
    }

    /// Waits until a query gives a series whose value satisfies a condition.
    pub(crate) async fn until_query(&self, promql: &str, condition: impl Fn(f64) -> bool) {
        eventually(promql, async || {
            let series = self.query(promql).await;
            if series.iter().any(|(_, value)| condition(*value)) { Ok(()) } else { Err(format!("{series:?}")) }
        })
        .await;
    }

    /// Waits until Prometheus knows of just these jobs, and each of their targets is up.
    pub(crate) async fn until_up(&self, jobs: &[&str]) {
        let expected: BTreeSet<_> = jobs.iter().map(|job| (*job).to_owned()).collect();
        eventually("every target is up", async || {
            let series = self.query("up").await;
            let seen: BTreeSet<_> = series.iter().filter_map(|(labels, _)| labels.get("job").cloned()).collect();
            let are_up = series.iter().all(|(_, value)| *value == 1.0);
            if seen == expected && are_up { Ok(()) } else { Err(format!("{series:?}")) }
        })
        .await;
    }

    /// Waits until Alertmanager shows an alert of this name.
    pub(crate) async fn until_alert(&self, name: &str) {
        let url = self.url("ALERTMANAGER_PORT", "/api/v2/alerts");
        eventually(name, async || {
            let alerts: Value = self.get(&url).await.json().await.unwrap();
            let mut names = alerts.as_array().into_iter().flatten().map(|alert| &alert["labels"]["alertname"]);
            if names.any(|alert| alert == name) { Ok(()) } else { Err(alerts.to_string()) }
        })
        .await;
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.compose(&["down", "--volumes", "--rmi", "local", "--timeout", "2"]);
    }
}

/// The lines that a command of Docker prints.
fn docker(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Asks again and again, until the answer is right.
pub(crate) async fn eventually(what: &str, attempt: impl AsyncFn() -> Result<(), String>) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(seen) = attempt().await {
        assert!(Instant::now() < deadline, "{what}: not within {} seconds, but {seen}", PATIENCE.as_secs());
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Compose is a part of `docker` since version 2.
fn is_second() -> bool {
    second().arg("version").output().is_ok_and(|output| output.status.success())
}

fn compose_program() -> Command {
    let mut command = if is_second() { second() } else { Command::new("docker-compose") };
    // The first version has to be told to build with BuildKit.
    command.env("DOCKER_BUILDKIT", "1").env("COMPOSE_DOCKER_CLI_BUILD", "1");
    command
}

fn second() -> Command {
    let mut command = Command::new("docker");
    command.arg("compose");
    command
}

/// The versions of Compose that are installed.
pub(crate) fn versions() -> Vec<Command> {
    let first = Command::new("docker-compose").arg("version").output();
    let first = first.is_ok_and(|output| output.status.success()).then(|| Command::new("docker-compose"));
    is_second().then(second).into_iter().chain(first).collect()
}

/// A service without a health check is well when it runs.
fn is_well(status: &str) -> bool {
    status.starts_with("Up") && !status.contains("starting") && !status.contains("unhealthy")
}

fn labels(metric: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(metric.clone()).unwrap()
}

/// A sample of Prometheus's API is a pair of the time and the value as text.
fn number(sample: &Value) -> f64 {
    sample[1].as_str().unwrap().parse().unwrap()
}
