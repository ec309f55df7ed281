//! What `grafana/` holds, and what Grafana makes of it, for the tests.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::monitoring::{files, read_yaml};
use crate::path;

/// A dashboard: the part of it that these tests look at. What other fields and values there may be, `validators` asks
/// Grafana's own types.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// Its name in links.
    pub uid: String,
    /// What stands above it.
    pub title: String,
    /// The number that a Grafana has given it, which no other Grafana knows.
    pub id: Option<u64>,
    /// What it shows at first.
    pub time: TimeRange,
    /// What one may choose from above the panels.
    pub templating: Option<Value>,
    /// The graphs, and the lines between them.
    pub panels: Vec<Panel>,
}

/// From when to when.
#[derive(Debug, Deserialize)]
pub struct TimeRange {
    /// Such as `now-15m`.
    pub from: String,
    /// Such as `now`.
    pub to: String,
}

impl TimeRange {
    /// Of the last minutes or hours: how long that is.
    pub fn last(&self) -> Option<Duration> {
        let (ago, now) = (self.from.strip_prefix("now-")?, self.to == "now");
        humantime::parse_duration(ago).ok().filter(|_| now)
    }
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
    /// Where it is.
    pub grid_pos: GridPos,
    /// The least time between two points, if it is another than that between two scrapes.
    pub interval: Option<String>,
    /// How many points there are, if not as many as pixels.
    pub max_data_points: Option<u64>,
    /// The database that it asks.
    pub datasource: Option<DatasourceRef>,
    /// How values are shown.
    #[serde(default)]
    pub field_config: FieldConfig,
    /// What only this kind of graph has.
    #[serde(default)]
    pub options: Value,
    /// Its queries.
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// A rectangle of a dashboard.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct GridPos {
    /// The first of 24 columns.
    pub x: u32,
    /// The first row.
    pub y: u32,
    /// Columns.
    pub w: u32,
    /// Rows.
    pub h: u32,
}

impl GridPos {
    /// How many columns a dashboard has.
    pub const COLUMNS: u32 = 24;

    /// Whether two have something in common.
    pub fn overlaps(self, other: Self) -> bool {
        let meet = |a, a_size, b, b_size| a < b + b_size && b < a + a_size;
        meet(self.x, self.w, other.x, other.w) && meet(self.y, self.h, other.y, other.h)
    }
}

/// A database that Grafana knows.
#[derive(Debug, Deserialize)]
pub struct DatasourceRef {
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
    /// How many digits stand behind the point.
    pub decimals: Option<u32>,
    /// Where the axis begins.
    pub min: Option<f64>,
    /// Where it ends.
    pub max: Option<f64>,
    /// Words for values.
    #[serde(default)]
    pub mappings: Vec<Mapping>,
}

/// Words for values.
#[derive(Debug, Deserialize)]
pub struct Mapping {
    /// By value.
    pub options: serde_json::Map<String, Value>,
}

/// A query of a panel.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// As it is written.
    pub expr: String,
    /// Asks for now alone, rather than for all the time that the dashboard shows.
    #[serde(default)]
    pub instant: bool,
    /// The least time between two points, if it is another than that of the panel.
    pub interval: Option<String>,
    /// The name of a line, with `{{label}}` for the value of a label.
    pub legend_format: Option<String>,
}

impl Target {
    /// The query as Grafana sends it, when it asks for a point at each scrape: `$__rate_interval` is the sum of the time
    /// between two points and that between two scrapes, and at least four scrapes.
    ///
    /// <https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/>
    pub fn query(&self, scrape_interval: Duration) -> String {
        self.expr.replace("$__rate_interval", &format!("{}s", 4 * scrape_interval.as_secs()))
    }

    /// The labels that the name of a line is made of.
    pub fn legend_labels(&self) -> impl Iterator<Item = &str> {
        let parts = self.legend_format.iter().flat_map(|legend| legend.split("{{").skip(1));
        parts.filter_map(|part| part.split("}}").next()).map(str::trim)
    }
}

/// A file in `grafana/provisioning/datasources`: the part of the documented format that the course needs.
///
/// <https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DatasourceFile {
    /// Of the format. There is no other than 1.
    pub api_version: u32,
    /// All of them.
    pub datasources: Vec<Datasource>,
}

/// A database for Grafana.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Datasource {
    /// What people read.
    pub name: String,
    /// What dashboards call it.
    pub uid: String,
    /// The plug-in.
    pub r#type: String,
    /// Who asks it.
    pub access: Access,
    /// Where it is.
    pub url: String,
    /// Whether a panel that names none asks it.
    #[serde(default)]
    pub is_default: bool,
    /// What only this plug-in has.
    pub json_data: PrometheusSettings,
}

/// Who asks a database.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Grafana's server.
    Proxy,
    /// The browser.
    Direct,
}

/// The settings of a Prometheus.
///
/// <https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusSettings {
    /// How it is asked.
    pub http_method: HttpMethod,
    /// The scrape interval, such as `5s`.
    pub time_interval: String,
    /// What it is, since other databases talk like it.
    pub prometheus_type: PrometheusType,
}

/// How a Prometheus is asked.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// With the query in the address.
    Get,
    /// With the query in the body, where it may be long.
    Post,
}

/// What talks like Prometheus.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "they are names of programs")]
pub enum PrometheusType {
    Prometheus,
    Cortex,
    Mimir,
    Thanos,
}

/// A file in `grafana/provisioning/dashboards`: the part of the documented format that the course needs.
///
/// <https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderFile {
    /// Of the format. There is no other than 1.
    pub api_version: u32,
    /// All of them.
    pub providers: Vec<Provider>,
}

/// Where dashboards come from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// Grafana's own name for it.
    pub name: String,
    /// The folder in Grafana.
    pub folder: String,
    /// What it is: `file`.
    pub r#type: String,
    /// Whether they can be changed in the browser.
    #[serde(default)]
    pub allow_ui_updates: bool,
    /// What only this type has.
    pub options: FileOptions,
}

/// Where files of dashboards are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileOptions {
    /// The folder, as Grafana's container sees it.
    pub path: String,
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

/// The Prometheus that all panels ask.
///
/// # Errors
///
/// When its file cannot be read, is not as documented, or has another number of databases.
pub fn datasource() -> Result<Datasource> {
    let file: DatasourceFile = read_yaml(&path("grafana/provisioning/datasources/prometheus.yml"))?;
    let [datasource] = <[Datasource; 1]>::try_from(file.datasources)
        .map_err(|datasources| anyhow::anyhow!("there are {} databases, expected 1", datasources.len()))?;
    Ok(datasource)
}

/// The time between two scrapes, as Grafana knows it.
///
/// # Errors
///
/// When the file cannot be read, or has no such time.
pub fn scrape_interval() -> Result<Duration> {
    let interval = datasource()?.json_data.time_interval;
    humantime::parse_duration(&interval).with_context(|| format!("{interval:?} is no duration"))
}
