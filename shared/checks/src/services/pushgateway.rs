//! A Pushgateway that nobody else uses.

use std::process::Command;

use reqwest::Client;

use crate::ports::free_port;
use crate::services::{Server, ServiceError, container};

/// Debian calls the program after its package, everybody else by its own name.
pub const PROGRAMS: [&str; 2] = ["pushgateway", "prometheus-pushgateway"];
const PACKAGE: &str = "prometheus-pushgateway";
const IMAGE: &str = "prom/pushgateway:v1.11.1";
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
    let mut result = Err(ServiceError::Missing { program: PROGRAMS[0], package: PACKAGE });
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        result = start(program, command);
        if !matches!(result, Err(ServiceError::Missing { .. })) {
            return result;
        }
    }
    match container(IMAGE, port, PORT_INSIDE, &[]) {
        Some(command) => start("docker", command),
        None => result,
    }
}

fn start(program: &'static str, mut command: Command) -> Result<Server, ServiceError> {
    let folder = tempfile::Builder::new().prefix("pushgateway-").tempdir()?;
    command.arg(KEEP_NOTHING);
    Server::start(program, PACKAGE, command, folder)
}
