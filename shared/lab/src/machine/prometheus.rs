//! A Prometheus that scrapes a program of the course, and links to its graphs.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use checks::services::prometheus::Prometheus;
use reqwest::Client;
use url::Url;

use super::{network, ports};
use crate::problem::{Problem, Result};

/// Where one runs that somebody has started without a word about its port.
pub const USUAL_URL: &str = "http://127.0.0.1:9090";
const USUAL_PORT: u16 = 9090;
/// How much of the past a graph shows.
const RANGE: &str = "5m";
/// How long a Prometheus on this machine may take to say that it is one.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Starts one that scrapes these addresses and itself each second, on its usual port or the next one that is free.
///
/// # Errors
///
/// When it is not installed, or does not start.
pub async fn start(job: &str, addresses: &[SocketAddr]) -> Result<Prometheus> {
    let port = ports::next_free(SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT))).port();
    Prometheus::serve(port, &configuration(job, addresses, port)).await.map_err(|error| {
        Problem::new(error.to_string()).advice(
            "No lesson needs a Prometheus. On other systems than Debian and Ubuntu, get it from \
             https://prometheus.io/download, and put the program `prometheus` on the PATH.",
        )
    })
}

fn configuration(job: &str, addresses: &[SocketAddr], port: u16) -> String {
    let targets: Vec<_> =
        addresses.iter().map(|address| format!("{:?}", network::reachable(*address).to_string())).collect();
    format!(
        "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n- job_name: {job}\n  static_configs:\n  - targets: [{}]\n- job_name: prometheus\n  static_configs:\n  - targets: [\"127.0.0.1:{port}\"]\n",
        targets.join(", ")
    )
}

/// Where a Prometheus listens that somebody has started, by the name of what has its port. Nothing is sent.
pub fn at_hand() -> Option<String> {
    let owner = ports::owner(USUAL_PORT)?;
    // The stack's own listens through Docker.
    let is_one = ["prometheus", "docker-proxy", "com.docker.backend"].iter().any(|name| owner.name.starts_with(name));
    is_one.then(|| USUAL_URL.to_owned())
}

/// Whether a Prometheus answers at a URL.
pub async fn is_at(url: &str) -> bool {
    let answer = async {
        let client = Client::builder().no_proxy().timeout(ANSWER_TIMEOUT).build()?;
        client.get(format!("{url}/-/ready")).send().await?.error_for_status()?.text().await
    };
    answer.await.is_ok_and(|text| text.contains("Prometheus"))
}

/// The graph of a query. Every Prometheus from 2.42 on has this page, whichever of its interfaces it was built with: the
/// new ones lead on from it.
pub fn graph(prometheus: &str, query: &str) -> String {
    let parameters = [("g0.expr", query), ("g0.tab", "0"), ("g0.range_input", RANGE)];
    let url = Url::parse_with_params(&format!("{prometheus}/graph"), parameters);
    // Prometheus takes a plus sign for a plus sign, not for a space.
    url.map_or_else(|_| prometheus.to_owned(), |url| url.as_str().replace('+', "%20"))
}
