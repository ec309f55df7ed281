//! A Pushgateway that nobody else uses.

use std::process::Command;

use reqwest::Client;

use crate::services::{Server, ServiceError, free_port};

/// Debian calls the program after its package, everybody else by its own name.
const PROGRAMS: [&str; 2] = ["pushgateway", "prometheus-pushgateway"];
const PACKAGE: &str = "prometheus-pushgateway";

/// A server that runs for as long as this value lives.
pub struct Pushgateway {
    url: String,
    _server: Server,
}

impl Pushgateway {
    /// Starts one that keeps nothing.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn start() -> Result<Self, ServiceError> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let url = format!("http://{address}");
        let mut server = start_any(&address)?;
        let client = Client::builder().no_proxy().build()?;
        let ready = format!("{url}/-/ready");
        server.wait_until(async || client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success())).await?;
        Ok(Self { url, _server: server })
    }

    /// Where it takes pushes.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn start_any(address: &str) -> Result<Server, ServiceError> {
    let mut result = Err(ServiceError::Missing { program: PROGRAMS[0], package: PACKAGE });
    for program in PROGRAMS {
        let folder = tempfile::Builder::new().prefix("pushgateway-").tempdir()?;
        let mut command = Command::new(program);
        command.arg(format!("--web.listen-address={address}"));
        result = Server::start(program, PACKAGE, command, folder);
        if !matches!(result, Err(ServiceError::Missing { .. })) {
            break;
        }
    }
    result
}
