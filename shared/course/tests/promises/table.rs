//! The table of a lesson's promises.

use std::fs;

use serde::Deserialize;

/// The rows of a lesson.
#[derive(Debug)]
pub(crate) struct Table {
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
    pub(crate) fn of(lesson: &str) -> Self {
        let written = fs::read_to_string(course::path(&path(lesson))).unwrap();
        let written: Written = toml::from_str(&written).unwrap();
        Self { lesson: lesson.to_owned(), rows: written.promises }
    }

    /// For each promise that has no row, the row to add.
    pub(crate) fn without_row(&self, promises: &[String]) -> Vec<String> {
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
    pub(crate) fn rows_without_sentence(&self, promises: &[String]) -> Vec<String> {
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
    pub(crate) fn rows_that_hold_nothing(&self) -> Vec<String> {
        let fault = |row: &Row| {
            let reason = self.fault(row)?;
            Some(format!("In {}: {reason}:\n\nsentence = '''{}'''", path(&self.lesson), row.sentence))
        };
        self.rows.iter().filter_map(fault).collect()
    }

    fn fault(&self, row: &Row) -> Option<String> {
        let (check, mistake) = match row {
            Row { check: Some(check), mistake: Some(mistake), explains: false, .. } => (check, mistake),
            Row { check: None, mistake: None, explains: true, .. } => return None,
            _ => return Some("give a check and a mistake, or `explains = true`".to_owned()),
        };
        if checks::lessons::find(&self.lesson, check).is_none() {
            return Some(format!("the lesson has no check `{check}`"));
        }
        let path = course::path(&format!("shared/course/mistakes/{}/{mistake}.toml", self.lesson));
        let Ok(entry) = fs::read_to_string(path) else {
            return Some(format!("the catalogue has no mistake `{mistake}`"));
        };
        let entry: Mistake = toml::from_str::<toml::Table>(&entry).unwrap().try_into().unwrap();
        (entry.check != *check).then(|| format!("`{mistake}` is rejected by `{}`, not by `{check}`", entry.check))
    }
}

fn path(lesson: &str) -> String {
    format!("shared/course/promises/{lesson}.toml")
}
