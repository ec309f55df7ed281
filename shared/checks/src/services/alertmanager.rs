//! An Alertmanager that tells nobody but the test.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use exposition::Labels;
use reqwest::Client;
use serde_json::{Value, json};

use crate::ports::free_port;
use crate::services::{Server, ServiceError};

/// Debian calls the program after its package, everybody else by its own name.
const PROGRAMS: [&str; 2] = ["alertmanager", PACKAGE];
const PACKAGE: &str = "prometheus-alertmanager";
/// It learns of an alert at once, and of what that alert keeps quiet a moment later.
const SETTLE: Duration = Duration::from_millis(500);

/// A server that runs for as long as this value lives.
pub struct Alertmanager {
    url: String,
    client: Client,
    _server: Server,
}

impl Alertmanager {
    /// Starts one with this configuration.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn start(configuration: &Path) -> Result<Self, ServiceError> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut server = start_any(&address, configuration)?;
        let url = format!("http://{address}");
        let client = Client::builder().no_proxy().build()?;
        let ready = format!("{url}/-/ready");
        server
            .wait_until(|| async { client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) })
            .await?;
        Ok(Self { url, client, _server: server })
    }

    /// Tells it that these alerts fire, and gives those that it keeps quiet.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn quiet_of(&self, alerts: &[Labels]) -> Result<BTreeSet<Labels>, ServiceError> {
        let url = format!("{}/api/v2/alerts", self.url);
        let alerts: Vec<_> = alerts.iter().map(|labels| json!({ "labels": labels })).collect();
        self.client.post(&url).json(&alerts).send().await?.error_for_status()?;
        tokio::time::sleep(SETTLE).await;
        let alerts: Vec<Value> = self.client.get(&url).send().await?.json().await?;
        let quiet = alerts.into_iter().filter(|alert| alert["status"]["state"] == "suppressed");
        Ok(quiet.filter_map(|alert| serde_json::from_value(alert["labels"].clone()).ok()).collect())
    }
}

fn start_any(address: &str, configuration: &Path) -> Result<Server, ServiceError> {
    let mut result = Err(ServiceError::Missing { program: PROGRAMS[0], package: PACKAGE });
    for program in PROGRAMS {
        let folder = tempfile::Builder::new().prefix("alertmanager-").tempdir()?;
        let mut command = Command::new(program);
        command.arg("--config.file").arg(configuration).arg("--storage.path").arg(folder.path());
        // Alone: without an address for its cluster, it does not look for others.
        command.args(["--web.listen-address", address, "--cluster.listen-address="]);
        result = Server::start(program, PACKAGE, command, folder);
        if !matches!(result, Err(ServiceError::Missing { .. })) {
            break;
        }
    }
    result
}
