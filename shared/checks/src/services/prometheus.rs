//! A Prometheus that scrapes what a test started.

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use exposition::Labels;
use reqwest::Client;
use serde_json::Value;

use crate::ports::free_port;
use crate::services::{Server, ServiceError};

/// The program.
pub const PROGRAM: &str = "prometheus";

/// A server that runs for as long as this value lives.
pub struct Prometheus {
    url: String,
    client: Client,
    server: Server,
}

impl Prometheus {
    /// Starts one that scrapes `/metrics` of these targets, such as `127.0.0.1:8000`, each second, and waits until
    /// it has scraped them all.
    ///
    /// # Errors
    ///
    /// When it is not installed, does not start, or cannot scrape a target.
    pub async fn start(targets: &[&str]) -> Result<Self, ServiceError> {
        Self::start_every(Duration::from_secs(1), targets).await
    }

    /// The same with another interval, in whole seconds, for a target that may take its time. A scrape may take as
    /// long as the interval.
    ///
    /// # Errors
    ///
    /// When it is not installed, does not start, or cannot scrape a target.
    pub async fn start_every(interval: Duration, targets: &[&str]) -> Result<Self, ServiceError> {
        Self::start_configured(&scrape_configuration(interval, targets), targets.len()).await
    }

    /// Starts one with a configuration of one's own, and waits until it has scraped this many targets.
    ///
    /// # Errors
    ///
    /// When it is not installed, does not start, or cannot scrape a target.
    pub async fn start_configured(configuration: &str, targets: usize) -> Result<Self, ServiceError> {
        Self::start_at(free_port()?, configuration, targets).await
    }

    /// The same on a port of this machine, which the configuration may name: so it can scrape itself.
    ///
    /// # Errors
    ///
    /// When it is not installed, does not start, or cannot scrape a target.
    pub async fn start_at(port: u16, configuration: &str, targets: usize) -> Result<Self, ServiceError> {
        let mut prometheus = Self::serve(port, configuration).await?;
        let client = prometheus.client.clone();
        let url = format!("{}/api/v1/targets?state=active", prometheus.url);
        prometheus.server.wait_until(|| are_up(&client, &url, targets)).await?;
        Ok(prometheus)
    }

    /// Starts one with a configuration of one's own on a port of this machine, and waits until it is ready, whatever it
    /// has to scrape.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn serve(port: u16, configuration: &str) -> Result<Self, ServiceError> {
        let folder = tempfile::Builder::new().prefix("prometheus-").tempdir()?;
        let path = folder.path().join("prometheus.yml");
        std::fs::write(&path, configuration)?;
        let address = format!("127.0.0.1:{port}");

        let mut command = Command::new(PROGRAM);
        command.arg("--config.file").arg(&path);
        command.arg("--storage.tsdb.path").arg(folder.path().join("data"));
        command.args(["--web.listen-address", &address, "--log.level", "warn"]);
        let server = Server::start(PROGRAM, "prometheus", command, folder)?;

        let client = Client::builder().no_proxy().build()?;
        let mut prometheus = Self { url: format!("http://{address}"), client: client.clone(), server };
        let url = format!("{}/-/ready", prometheus.url);
        prometheus.server.wait_until(|| is_ready(&client, &url)).await?;
        Ok(prometheus)
    }

    /// Where it is, such as `http://127.0.0.1:9090`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The values that a query gives right now, one for each series.
    ///
    /// # Errors
    ///
    /// When Prometheus cannot evaluate it.
    pub async fn query(&self, promql: &str) -> Result<Vec<f64>, ServiceError> {
        let data = self.evaluate(promql).await?;
        let result = &data["result"];
        Ok(match data["resultType"].as_str() {
            Some("scalar") => number(result).into_iter().collect(),
            _ => result.as_array().into_iter().flatten().filter_map(|series| number(&series["value"])).collect(),
        })
    }

    /// The labels of each series that a query gives right now, the name as `__name__` among them.
    ///
    /// # Errors
    ///
    /// When Prometheus cannot evaluate it.
    pub async fn series(&self, promql: &str) -> Result<Vec<Labels>, ServiceError> {
        let data = self.evaluate(promql).await?;
        let series = data["result"].as_array().into_iter().flatten();
        Ok(series.filter_map(|series| serde_json::from_value(series["metric"].clone()).ok()).collect())
    }

    async fn evaluate(&self, promql: &str) -> Result<Value, ServiceError> {
        let request = self.client.get(format!("{}/api/v1/query", self.url)).query(&[("query", promql)]);
        let mut answer: Value = request.send().await?.json().await?;
        match answer["error"].as_str() {
            Some(error) => Err(ServiceError::Refused { program: PROGRAM, reason: error.to_owned() }),
            None => Ok(answer["data"].take()),
        }
    }
}

/// What was pushed to a gateway keeps its own `job`, as Prometheus's documentation asks. Other targets have none.
fn scrape_configuration(interval: Duration, targets: &[&str]) -> String {
    let seconds = interval.as_secs();
    let mut configuration = format!(
        "global:\n  scrape_interval: {seconds}s\n  scrape_timeout: {seconds}s\nscrape_configs:\n- job_name: shop\n  honor_labels: true\n  static_configs:\n  - targets:\n",
    );
    for target in targets {
        // A string always has room.
        let _ = writeln!(configuration, "    - {target}");
    }
    configuration
}

async fn is_ready(client: &Client, url: &str) -> bool {
    client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
}

async fn are_up(client: &Client, url: &str, count: usize) -> bool {
    let answer = async { client.get(url).send().await?.json::<Value>().await };
    let Ok(answer) = answer.await else {
        return false;
    };
    let targets = answer["data"]["activeTargets"].as_array();
    targets.is_some_and(|targets| targets.len() == count && targets.iter().all(|target| target["health"] == "up"))
}

/// A sample of Prometheus's API is a pair of the time and the value as text.
fn number(sample: &Value) -> Option<f64> {
    sample.get(1)?.as_str()?.parse().ok()
}
