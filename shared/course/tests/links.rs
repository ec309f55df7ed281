//! Links to Prometheus lead somewhere: in every version that the course supports, with the old interface and the new one.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::fs;

use checks::ports::free_port;
use checks::services::if_installed;
use checks::services::prometheus::Prometheus;
use lab::machine::prometheus::graph;
use pulldown_cmark::{Event, Parser, Tag};
use reqwest::redirect::Policy;
use walkdir::WalkDir;

/// Where the texts are.
const FOLDERS: [&str; 7] = ["README.md", "docs/src", "grafana", "kubernetes", "lessons", "prometheus", "solutions"];
/// Prometheus, as the texts name it.
const PROMETHEUS: [&str; 2] = ["http://localhost:9090", "http://127.0.0.1:9090"];
/// The page that all versions have, old and new. What else there is has one name in some of them, and another in others.
const GRAPH: &str = "/graph?";

#[test]
fn texts_link_only_to_pages_that_every_prometheus_has() {
    let paths = paths();
    assert!(paths.contains("/graph?g0.expr=up&g0.tab=1"), "no link was found: {paths:?}");
    let others: Vec<_> = paths.iter().filter(|path| !path.starts_with(GRAPH)).collect();
    assert_eq!(others, Vec::<&String>::new());
}

#[tokio::test]
async fn a_prometheus_has_each_page_that_is_linked_to() {
    let started = Prometheus::serve(free_port().unwrap(), "global: {}\n").await;
    let Some(prometheus) = if_installed(started, "links to Prometheus").unwrap() else { return };
    let urls = paths().into_iter().map(|path| format!("{}{path}", prometheus.url()));
    for url in urls.chain([graph(prometheus.url(), "sum(rate(http_requests_total[1m])) by (path)")]) {
        // It leads on to the interface that this one was built with, if any.
        let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let status = client.get(&url).send().await.unwrap().status();
        assert!(status.is_success() || status.is_redirection(), "{url}: {status}");
    }
}

/// The paths of all links to Prometheus.
fn paths() -> BTreeSet<String> {
    let files = FOLDERS.iter().flat_map(|folder| WalkDir::new(course::path(folder)));
    let texts = files.map(Result::unwrap).filter(|file| file.path().extension().is_some_and(|end| end == "md"));
    let links = texts.flat_map(|file| links(&fs::read_to_string(file.path()).unwrap()));
    let paths = links.filter_map(|link| {
        let path = PROMETHEUS.iter().find_map(|prometheus| link.strip_prefix(prometheus))?;
        Some(path.trim_end_matches('/').to_owned())
    });
    paths.filter(|path| !path.is_empty()).collect()
}

fn links(text: &str) -> Vec<String> {
    let links = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}
