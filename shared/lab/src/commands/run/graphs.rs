//! A Prometheus beside the program, and links to graphs of what the lesson asks.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use checks::services::prometheus::Prometheus;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use url::Url;

use crate::course::{Course, Lesson};
use crate::problem::{Problem, Result};
use crate::screen::report::{self, HEADING, styled};

/// Prometheus's own port.
const PORT: u16 = 9090;
/// The most graphs that are linked to. The lesson has them all.
const MOST: usize = 4;
/// How much of the past a graph shows.
const RANGE: &str = "5m";

/// Starts a Prometheus that scrapes these addresses and itself each second.
///
/// # Errors
///
/// When it is not installed, or does not start.
pub(super) async fn start(job: &str, addresses: &[SocketAddr]) -> Result<Prometheus> {
    let port = (PORT..u16::MAX).find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    let port = port.ok_or_else(|| Problem::new("no port is free for Prometheus"))?;
    Prometheus::serve(port, &configuration(job, addresses, port)).await.map_err(|error| {
        Problem::new(error.to_string()).advice(
            "`cargo lab run` needs no Prometheus. On other systems than Debian and Ubuntu, get it from \
             https://prometheus.io/download, and put the program `prometheus` on the PATH.",
        )
    })
}

/// Names where it is, and the graphs.
pub(super) fn announce(prometheus: &Prometheus, course: &Course, lesson: &Lesson) {
    report::line(format!("  prometheus  {}", prometheus.url()));
    report::line(format!("\n{}", styled(HEADING, "Graphs, once the shop has had some visitors")));
    for query in queries(course, lesson).iter().take(MOST) {
        report::line(format!("  {query}"));
        report::line(format!("    {}", link(prometheus.url(), query)));
    }
}

fn configuration(job: &str, addresses: &[SocketAddr], port: u16) -> String {
    let targets: Vec<_> = addresses.iter().map(|address| format!("{:?}", reachable(*address).to_string())).collect();
    format!(
        "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n- job_name: {job}\n  static_configs:\n  - targets: [{}]\n- job_name: prometheus\n  static_configs:\n  - targets: [\"127.0.0.1:{port}\"]\n",
        targets.join(", ")
    )
}

/// Where to connect to something that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The queries of a lesson, from its README. A README that is gone has none.
fn queries(course: &Course, lesson: &Lesson) -> Vec<String> {
    let readme = course.root().join("lessons").join(lesson.name()).join("README.md");
    let text = fs::read_to_string(readme).unwrap_or_default();
    let mut in_query = false;
    let mut queries = Vec::new();
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => in_query = &*language == "promql",
            Event::End(_) => in_query = false,
            Event::Text(text) if in_query => queries.push(text.trim().to_owned()),
            _ => {}
        }
    }
    queries
}

fn link(prometheus: &str, query: &str) -> String {
    let parameters = [("g0.expr", query), ("g0.tab", "0"), ("g0.range_input", RANGE)];
    let url = Url::parse_with_params(&format!("{prometheus}/graph"), parameters);
    // Prometheus takes a plus sign for a plus sign, not for a space.
    url.map_or_else(|_| prometheus.to_owned(), |url| url.as_str().replace('+', "%20"))
}
