//! The exporter for the machine.

use std::process::Command;

use reqwest::Client;

use crate::ports::free_port;
use crate::services::{Server, ServiceError};

/// Debian calls the program after its package, everybody else by its own name.
const PROGRAMS: [&str; 2] = ["node_exporter", PACKAGE];
const PACKAGE: &str = "prometheus-node-exporter";

/// An exporter that runs for as long as this value lives.
pub struct NodeExporter {
    target: String,
    _server: Server,
}

impl NodeExporter {
    /// Starts one with its usual collectors.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn start() -> Result<Self, ServiceError> {
        let target = format!("127.0.0.1:{}", free_port()?);
        let mut server = start_any(&target)?;
        let url = format!("http://{target}/metrics");
        let client = Client::builder().no_proxy().build()?;
        server
            .wait_until(|| async { client.get(&url).send().await.is_ok_and(|page| page.status().is_success()) })
            .await?;
        Ok(Self { target, _server: server })
    }

    /// Where Prometheus finds it.
    pub fn target(&self) -> &str {
        &self.target
    }
}

fn start_any(target: &str) -> Result<Server, ServiceError> {
    let mut result = Err(ServiceError::Missing { program: PROGRAMS[0], package: PACKAGE });
    for program in PROGRAMS {
        let folder = tempfile::Builder::new().prefix("node-exporter-").tempdir()?;
        let mut command = Command::new(program);
        command.arg(format!("--web.listen-address={target}"));
        result = Server::start(program, PACKAGE, command, folder);
        if !matches!(result, Err(ServiceError::Missing { .. })) {
            break;
        }
    }
    result
}
