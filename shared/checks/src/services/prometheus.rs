//! A Prometheus that scrapes what a test started.

use std::fmt::Write;
use std::process::Command;

use reqwest::Client;
use serde_json::Value;

use crate::services::{Server, ServiceError, free_port};

const PROGRAM: &str = "prometheus";

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
        let folder = tempfile::Builder::new().prefix("prometheus-").tempdir()?;
        let configuration = folder.path().join("prometheus.yml");
        std::fs::write(&configuration, scrape_configuration(targets))?;
        let address = format!("127.0.0.1:{}", free_port()?);

        let mut command = Command::new(PROGRAM);
        command.arg("--config.file").arg(&configuration);
        command.arg("--storage.tsdb.path").arg(folder.path().join("data"));
        command.args(["--web.listen-address", &address, "--log.level", "warn"]);
        let server = Server::start(PROGRAM, "prometheus", command, folder)?;

        let client = Client::builder().no_proxy().build()?;
        let mut prometheus = Self { url: format!("http://{address}"), client: client.clone(), server };
        let url = format!("{}/api/v1/targets?state=active", prometheus.url);
        prometheus.server.wait_until(async || are_up(&client, &url, targets.len()).await).await?;
        Ok(prometheus)
    }

    /// The values that a query gives right now, one for each series.
    ///
    /// # Errors
    ///
    /// When Prometheus cannot evaluate it.
    pub async fn query(&self, promql: &str) -> Result<Vec<f64>, ServiceError> {
        let request = self.client.get(format!("{}/api/v1/query", self.url)).query(&[("query", promql)]);
        let answer: Value = request.send().await?.json().await?;
        if let Some(error) = answer["error"].as_str() {
            return Err(ServiceError::Refused { program: PROGRAM, reason: error.to_owned() });
        }
        let result = &answer["data"]["result"];
        Ok(match answer["data"]["resultType"].as_str() {
            Some("scalar") => number(result).into_iter().collect(),
            _ => result.as_array().into_iter().flatten().filter_map(|series| number(&series["value"])).collect(),
        })
    }
}

fn scrape_configuration(targets: &[&str]) -> String {
    let mut configuration = String::from(
        "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n- job_name: shop\n  static_configs:\n  - targets:\n",
    );
    for target in targets {
        // A string always has room.
        let _ = writeln!(configuration, "    - {target}");
    }
    configuration
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
