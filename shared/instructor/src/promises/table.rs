//! The table of a lesson's promises.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The rows of a lesson.
#[derive(Debug)]
pub(super) struct Table {
    lesson: String,
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    promises: Vec<Row>,
}

/// A sentence, and what holds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// As it stands in the text, on one line and without its bold type; of a table, the cells with ` | ` between them.
    sentence: String,
    /// The check that holds it, such as `cart-additions`.
    check: Option<String>,
    /// The entry of the catalogue that breaks it, such as `counts_the_quantity`: the same check rejects it.
    mistake: Option<String>,
    /// Whether it only sounds like a promise about the program.
    #[serde(default)]
    explains: bool,
}

/// What a row needs of an entry of the catalogue.
#[derive(Deserialize)]
struct Mistake {
    check: String,
}

impl Table {
    /// The table of a lesson such as `01-counter`.
    pub(super) fn of(root: &Path, lesson: &str) -> Result<Self> {
        let path = path(lesson);
        let written = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        let written: Written = toml::from_str(&written).with_context(|| format!("{path} is broken"))?;
        Ok(Self { lesson: lesson.to_owned(), rows: written.promises })
    }

    /// For each promise that has no row, the row to add.
    pub(super) fn without_row(&self, promises: &[String]) -> Vec<String> {
        let has_row = |promise: &&String| self.rows.iter().any(|row| row.sentence == **promise);
        let missing = promises.iter().filter(|promise| !has_row(promise));
        let fault = |promise: &String| {
            format!(
                "Add this to {}, with the check that holds it, and a mistake that this check rejects:\n\n[[promises]]\nsentence = '''{promise}'''\ncheck = \"\"\nmistake = \"\"",
                path(&self.lesson)
            )
        };
        missing.map(fault).collect()
    }

    /// The rows whose sentence is not in the text any more.
    pub(super) fn rows_without_sentence(&self, promises: &[String]) -> Vec<String> {
        let is_gone = |row: &&Row| !promises.contains(&row.sentence);
        let fault = |row: &Row| {
            format!(
                "Remove or change this in {}, since no promise reads so:\n\nsentence = '''{}'''",
                path(&self.lesson),
                row.sentence
            )
        };
        self.rows.iter().filter(is_gone).map(fault).collect()
    }

    /// The rows whose check or mistake does not exist, or don't belong together.
    pub(super) fn rows_that_hold_nothing(&self, root: &Path) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for row in &self.rows {
            if let Some(reason) = self.fault(root, row)? {
                faults.push(format!("In {}: {reason}:\n\nsentence = '''{}'''", path(&self.lesson), row.sentence));
            }
        }
        Ok(faults)
    }

    fn fault(&self, root: &Path, row: &Row) -> Result<Option<String>> {
        let (check, mistake) = match row {
            Row { check: Some(check), mistake: Some(mistake), explains: false, .. } => (check, mistake),
            Row { check: None, mistake: None, explains: true, .. } => return Ok(None),
            _ => return Ok(Some("give a check and a mistake, or `explains = true`".to_owned())),
        };
        if checks::lessons::find(&self.lesson, check).is_none() {
            return Ok(Some(format!("the lesson has no check `{check}`")));
        }
        let path = format!("shared/course/mistakes/{}/{mistake}.toml", self.lesson);
        let Ok(entry) = fs::read_to_string(root.join(&path)) else {
            return Ok(Some(format!("the catalogue has no mistake `{mistake}`")));
        };
        let entry: Mistake = toml::from_str(&entry).with_context(|| format!("{path} is broken"))?;
        let is_other = entry.check != *check;
        Ok(is_other.then(|| format!("`{mistake}` is rejected by `{}`, not by `{check}`", entry.check)))
    }
}

fn path(lesson: &str) -> String {
    format!("shared/course/promises/{lesson}.toml")
}
