//! What `prometheus/`, `alertmanager/` and `grafana/` hold, for the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::path;

/// What Grafana puts for `$__rate_interval` depends on the screen. At five seconds between two scrapes it is at least
/// 20 s; a minute is what it is for the last six hours on a usual screen.
const RATE_INTERVAL: &str = "1m";

/// A file of Prometheus's rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// They are evaluated side by side.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, unique in its file.
    pub name: String,
    /// How often, if not as often as all.
    pub interval: Option<String>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule: it has a name for what it records, or for the alert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The new metric.
    pub record: Option<String>,
    /// The alert.
    pub alert: Option<String>,
    /// The query.
    pub expr: String,
    /// For how long the query has to give something until the alert fires.
    pub r#for: Option<String>,
    /// Labels of the new series, or of the alert.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What people read.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// A dashboard of Grafana: the part of it that tests look at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Its name in links.
    pub uid: String,
    /// What stands above it.
    pub title: String,
    /// The number that a Grafana has given it, which no other Grafana knows.
    pub id: Option<u64>,
    /// The graphs, and the lines between them.
    pub panels: Vec<Panel>,
}

/// A graph.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    /// What stands above it.
    pub title: String,
    /// What kind of graph it is.
    pub r#type: String,
    /// What one should know.
    #[serde(default)]
    pub description: String,
    /// The database that it asks.
    pub datasource: Option<Datasource>,
    /// How values are shown.
    #[serde(default)]
    pub field_config: FieldConfig,
    /// Its queries.
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// A database that Grafana knows.
#[derive(Debug, Deserialize)]
pub struct Datasource {
    /// As in `grafana/provisioning/datasources`.
    pub uid: String,
}

/// How a panel shows its values.
#[derive(Debug, Default, Deserialize)]
pub struct FieldConfig {
    /// For all of them.
    #[serde(default)]
    pub defaults: FieldDefaults,
}

/// How a panel shows a value.
#[derive(Debug, Default, Deserialize)]
pub struct FieldDefaults {
    /// Grafana's name of the unit.
    #[serde(default)]
    pub unit: String,
}

/// A query of a panel.
#[derive(Debug, Deserialize)]
pub struct Target {
    /// As it is written.
    pub expr: String,
}

impl Target {
    /// The query as Grafana sends it.
    pub fn query(&self) -> String {
        self.expr.replace("$__rate_interval", RATE_INTERVAL)
    }
}

/// The files in a folder whose names end like this, in the order of their names.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let paths: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}

/// Reads a file of YAML.
///
/// # Errors
///
/// When it cannot be read, or is not what is asked for.
pub fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_saphyr::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
}

/// All files of rules.
///
/// # Errors
///
/// When one cannot be read.
pub fn rule_files() -> Result<Vec<RuleFile>> {
    files(&path("prometheus/rules"), "yml")?.iter().map(|file| read_yaml(file)).collect()
}

/// All rules.
///
/// # Errors
///
/// When a file cannot be read.
pub fn rules() -> Result<Vec<Rule>> {
    Ok(rule_files()?.into_iter().flat_map(|file| file.groups).flat_map(|group| group.rules).collect())
}

/// All dashboards.
///
/// # Errors
///
/// When one cannot be read.
pub fn dashboards() -> Result<Vec<Dashboard>> {
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file)?;
        serde_json::from_str(&text).with_context(|| format!("cannot understand {}", file.display()))
    };
    files(&path("grafana/dashboards"), "json")?.iter().map(read).collect()
}
