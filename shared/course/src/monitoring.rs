//! What `prometheus/` and `alertmanager/` hold, for the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::path;

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
