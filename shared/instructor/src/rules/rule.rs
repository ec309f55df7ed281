//! A rule of the course, and how it is shown.

use lab::screen::report::{self, BAD, GOOD, styled};

/// What must hold, and what breaks it.
#[derive(Debug)]
pub struct Rule {
    /// What must hold.
    pub says: String,
    /// What breaks it; nothing if it holds.
    pub faults: Vec<String>,
}

impl Rule {
    /// A rule, and what breaks it.
    pub fn new(says: impl Into<String>, faults: Vec<String>) -> Self {
        Self { says: says.into(), faults }
    }

    /// Whether nothing breaks it.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A line for what was looked at, and more for each rule that is broken. Returns whether all of them hold.
pub fn show(name: &str, rules: &[Rule], also: &str) -> bool {
    let broken: Vec<_> = rules.iter().filter(|rule| !rule.holds()).collect();
    let (mark, says) = match broken.len() {
        0 => (styled(GOOD, "✓"), format!("{name}: sound ({}){also}", count(rules.len()))),
        number => (styled(BAD, "✗"), format!("{name}: {} of {} broken{also}", number, count(rules.len()))),
    };
    report::line(report::wrapped(&format!("{mark} "), &says));
    for rule in &broken {
        report::line(format!("\n{}", report::wrapped("  ", &format!("Broken: {}.", rule.says))));
        for fault in &rule.faults {
            report::line(report::quoted(fault.lines()));
        }
    }
    if !broken.is_empty() {
        report::line("");
    }
    broken.is_empty()
}

fn count(rules: usize) -> String {
    if rules == 1 { "1 rule".to_owned() } else { format!("{rules} rules") }
}
