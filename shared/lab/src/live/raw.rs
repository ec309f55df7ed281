//! The lines of the page that a picture is drawn from.

use serde::Serialize;

use super::history::{Family, History};
use super::question::Question;

/// The most lines of a target.
const MOST: usize = 200;
/// The most characters of a line.
const LONGEST_LINE: usize = 500;

/// The lines of a family.
#[derive(Debug, Serialize)]
pub(super) struct Raw {
    targets: Vec<Target>,
}

#[derive(Debug, Serialize)]
struct Target {
    name: String,
    lines: Vec<Line>,
    left_out: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    number: usize,
    text: String,
    /// Whether its value is another one than a second before.
    changed: bool,
}

impl Raw {
    /// Those of the newest page that the filters leave; none if nothing is kept of the family.
    pub(super) fn of(history: &History, question: &Question) -> Option<Self> {
        let family = history.family(&question.family)?;
        let targets = (0..history.targets()).map(|place| Target::of(history, family, question, place));
        Some(Self { targets: targets.collect() })
    }
}

impl Target {
    fn of(history: &History, family: &Family, question: &Question, place: usize) -> Self {
        let text: Vec<_> = history.text(place).lines().collect();
        let on_page = history.on_page(family).filter(|(series, _)| series.target == place);
        let taken = on_page.filter(|(series, _)| question.takes(&history.labels(series)));
        let mut samples: Vec<_> = taken
            .map(|(_, track)| (track.line_number, track.last().is_some() && track.last() != track.before()))
            .collect();
        samples.sort_unstable();
        let metadata = text.iter().zip(1..).filter(|(line, _)| is_about(line, &family.name));
        let lines: Vec<_> = metadata.map(|(_, number)| (number, false)).chain(samples).collect();
        let shown = lines.iter().take(MOST).filter_map(|(number, changed)| {
            let text = text.get(number - 1)?.chars().take(LONGEST_LINE).collect();
            Some(Line { number: *number, text, changed: *changed })
        });
        let left_out = lines.len().saturating_sub(MOST);
        Self { name: history.target(place).to_owned(), lines: shown.collect(), left_out }
    }
}

/// Whether a line is `# HELP`, `# TYPE` or `# UNIT` of a family. In OpenMetrics they leave out the end of its name.
fn is_about(line: &str, family: &str) -> bool {
    let mut words = line.split(' ');
    let name = if words.next() == Some("#") { words.nth(1) } else { None };
    name.is_some_and(|name| matches!(family.strip_prefix(name), Some("" | "_total" | "_info")))
}
