//! The official exporter for PostgreSQL, to be compared with.

use std::process::Command;

use reqwest::Client;

use crate::ports::free_port;
use crate::services::{Server, ServiceError};

/// As Debian calls the program, and its package; and what its sessions call themselves.
pub const PROGRAM: &str = "prometheus-postgres-exporter";

/// An exporter that runs for as long as this value lives.
pub struct PostgresExporter {
    url: String,
    _server: Server,
}

impl PostgresExporter {
    /// Starts Debian's, which watches the database of this URL.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn start(database_url: &str) -> Result<Self, ServiceError> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let folder = tempfile::Builder::new().prefix("postgres-exporter-").tempdir()?;
        let mut command = Command::new(PROGRAM);
        // Its driver insists on TLS, unless it is told not to.
        let options = format!("sslmode=disable&application_name={PROGRAM}");
        command.env("DATA_SOURCE_NAME", format!("{database_url}?{options}"));
        command.arg(format!("--web.listen-address={address}"));
        let mut server = Server::start(PROGRAM, PROGRAM, command, folder)?;
        let url = format!("http://{address}/metrics");
        let client = Client::builder().no_proxy().build()?;
        server
            .wait_until(|| async { client.get(&url).send().await.is_ok_and(|page| page.status().is_success()) })
            .await?;
        Ok(Self { url, _server: server })
    }

    /// Where its page is.
    pub fn url(&self) -> &str {
        &self.url
    }
}
