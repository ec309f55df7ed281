//! A Pushgateway that nobody else uses.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use reqwest::Client;

use crate::ports::free_port;
use crate::services::{Server, ServiceError, container};

/// Debian calls the program after its package, everybody else by its own name.
pub const PROGRAMS: [&str; 2] = ["pushgateway", "prometheus-pushgateway"];
const PACKAGE: &str = "prometheus-pushgateway";
const IMAGE: &str = "prom/pushgateway:v1.11.2";
/// Where it listens in a container.
const PORT_INSIDE: u16 = 9091;
/// Debian's keeps what was pushed in a file that all of them share, unless it is told not to.
const KEEP_NOTHING: &str = "--persistence.file=";

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
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut server = start_any(port)?;
        let client = Client::builder().no_proxy().build()?;
        let ready = format!("{url}/-/ready");
        server.wait_until(|| answers(&client, &ready)).await?;
        Ok(Self { url, _server: server })
    }

    /// Starts an installed one that keeps nothing, with a web configuration that asks for TLS.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub async fn start_secured(web_configuration: &Path) -> Result<Self, ServiceError> {
        let port = free_port()?;
        let mut option = OsString::from("--web.config.file=");
        option.push(web_configuration);
        let mut server = start_installed(port, &[option])?;
        let client = Client::builder().no_proxy().build()?;
        // As soon as it listens, it tells whoever comes without TLS that it wants TLS.
        let plain = format!("http://127.0.0.1:{port}");
        server.wait_until(async || client.get(&plain).send().await.is_ok()).await?;
        Ok(Self { url: format!("https://127.0.0.1:{port}"), _server: server })
    }

    /// Where it takes pushes.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn answers(client: &Client, url: &str) -> bool {
    client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
}

/// An installed one, else a container.
fn start_any(port: u16) -> Result<Server, ServiceError> {
    let installed = start_installed(port, &[]);
    if !matches!(installed, Err(ServiceError::Missing { .. })) {
        return installed;
    }
    match container(IMAGE, port, PORT_INSIDE, &[]) {
        Some(command) => start("docker", command),
        None => installed,
    }
}

fn start_installed(port: u16, options: &[OsString]) -> Result<Server, ServiceError> {
    let mut result = Err(ServiceError::Missing { program: PROGRAMS[0], package: PACKAGE });
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg(format!("--web.listen-address=127.0.0.1:{port}")).args(options);
        result = start(program, command);
        if !matches!(result, Err(ServiceError::Missing { .. })) {
            break;
        }
    }
    result
}

fn start(program: &'static str, mut command: Command) -> Result<Server, ServiceError> {
    let folder = tempfile::Builder::new().prefix("pushgateway-").tempdir()?;
    command.arg(KEEP_NOTHING);
    Server::start(program, PACKAGE, command, folder)
}
