//! Prometheus's and Alertmanager's own tools have nothing to complain about in what the course brings for them, each
//! alert has a unit test that makes it fire and one that does not, and a section in the runbooks.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::services::{if_installed, run_tool};
use course::monitoring::{Rule, files, read_yaml, rules};
use course::path;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
use serde::Deserialize;

#[test]
fn promtool_accepts_the_configuration_and_the_rules() {
    promtool(&["check", "config"], &[path("prometheus/prometheus.yml")]);
}

#[test]
fn the_rules_do_what_their_unit_tests_say() {
    promtool(&["test", "rules"], &files(&path("prometheus/tests"), "yml").unwrap());
}

#[test]
fn amtool_accepts_the_configuration_of_alertmanager() {
    let mut command = Command::new("amtool");
    command.arg("check-config").arg(path("alertmanager/alertmanager.yml"));
    let checked = run_tool(command, "amtool", "prometheus-alertmanager");
    if_installed(checked, "the check of alertmanager.yml").unwrap();
}

#[test]
fn every_alert_has_a_unit_test_that_makes_it_fire_and_one_that_does_not() {
    let tests = alert_tests();
    for alert in alerts() {
        let name = alert.alert.unwrap();
        let fires =
            |fires: bool| tests.iter().any(|test| test.alertname == name && test.exp_alerts.is_empty() != fires);
        assert!(fires(true), "no unit test makes {name} fire");
        assert!(fires(false), "no unit test sees {name} not fire");
    }
}

#[test]
fn every_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on() {
    for alert in alerts() {
        let name = alert.alert.unwrap();
        let severity = alert.labels.get("severity").map(String::as_str);
        assert!(matches!(severity, Some("critical" | "warning")), "{name}: {severity:?}");
        assert!(alert.annotations.contains_key("summary"), "{name}");
        assert!(alert.annotations.contains_key("description"), "{name}");
        let runbook = format!("docs/src/runbooks.md#{}", name.to_lowercase());
        assert_eq!(alert.annotations.get("runbook"), Some(&runbook), "{name}");
    }
}

#[test]
fn the_runbooks_have_a_section_for_each_alert_and_for_nothing_else() {
    let names: BTreeSet<_> = alerts().into_iter().map(|rule| rule.alert.unwrap()).collect();
    assert_eq!(sections(&path("docs/src/runbooks.md")), names);
}

fn alerts() -> Vec<Rule> {
    rules().unwrap().into_iter().filter(|rule| rule.alert.is_some()).collect()
}

/// A file of `promtool test rules`: the part that is looked at.
#[derive(Deserialize)]
struct RuleTests {
    tests: Vec<RuleTest>,
}

#[derive(Deserialize)]
struct RuleTest {
    #[serde(default)]
    alert_rule_test: Vec<AlertTest>,
}

#[derive(Deserialize)]
struct AlertTest {
    alertname: String,
    #[serde(default)]
    exp_alerts: Vec<serde_json::Value>,
}

fn alert_tests() -> Vec<AlertTest> {
    let files = files(&path("prometheus/tests"), "yml").unwrap();
    let tests = files.iter().flat_map(|file| read_yaml::<RuleTests>(file).unwrap().tests);
    tests.flat_map(|test| test.alert_rule_test).collect()
}

/// The headings of the second level.
fn sections(markdown: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(markdown).unwrap();
    let mut sections = BTreeSet::new();
    let mut is_in_heading = false;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => is_in_heading = true,
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => is_in_heading = false,
            Event::Text(title) if is_in_heading => {
                sections.insert(title.into_string());
            }
            _ => {}
        }
    }
    sections
}

fn promtool(arguments: &[&str], files: &[PathBuf]) {
    let mut command = Command::new("promtool");
    command.args(arguments).args(files);
    let checked = run_tool(command, "promtool", "prometheus");
    if_installed(checked, "the check of Prometheus's configuration").unwrap();
}
