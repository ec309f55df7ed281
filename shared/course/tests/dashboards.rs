//! The dashboards of Grafana: each panel has a query that it can ask anywhere, and the unit of what that gives.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

use course::monitoring::{Dashboard, Panel, dashboards, files, read_yaml};
use course::path;
use instructor::promql::{Unit, unit};
use serde_json::Value;

#[test]
fn every_panel_shows_the_unit_of_its_queries() {
    for (dashboard, panel) in panels() {
        for target in &panel.targets {
            let unit = unit(&target.query()).unwrap().unwrap_or(Unit::Number);
            let shown = &panel.field_config.defaults.unit;
            assert!(
                unit.in_grafana().contains(&shown.as_str()),
                "{dashboard}, {}: {shown:?} is not the unit of {}, which is {:?}",
                panel.title,
                target.expr,
                unit.in_grafana()
            );
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_and_asks_the_provisioned_database() {
    let provisioned: Value = read_yaml(&path("grafana/provisioning/datasources/prometheus.yml")).unwrap();
    let uid = provisioned["datasources"][0]["uid"].as_str().unwrap();
    for (dashboard, panel) in panels() {
        let name = format!("{dashboard}, {}", panel.title);
        assert!(!panel.targets.is_empty(), "{name} has no query");
        assert!(!panel.description.is_empty(), "{name} has no description");
        assert_eq!(panel.datasource.map(|datasource| datasource.uid).as_deref(), Some(uid), "{name}");
    }
}

#[test]
fn no_query_has_a_variable_that_only_a_browser_knows() {
    for (dashboard, panel) in panels() {
        for target in &panel.targets {
            assert!(!target.query().contains('$'), "{dashboard}, {}: {}", panel.title, target.expr);
        }
    }
}

#[test]
fn every_lesson_has_a_dashboard_and_there_is_an_overview() {
    let lessons = path("lessons").read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected: BTreeSet<_> = lessons.chain(["overview".to_owned()]).collect();
    let files = files(&path("grafana/dashboards"), "json").unwrap();
    let names: BTreeSet<_> = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let uids: BTreeSet<_> = dashboards().unwrap().into_iter().map(|dashboard| dashboard.uid).collect();
    assert_eq!(names, expected);
    assert_eq!(uids, expected);
}

#[test]
fn no_dashboard_has_a_number_of_one_grafana() {
    assert!(dashboards().unwrap().iter().all(|dashboard| dashboard.id.is_none()));
}

/// All but the lines between them, with the titles of their dashboards.
fn panels() -> Vec<(String, Panel)> {
    let with_title = |dashboard: Dashboard| {
        dashboard.panels.into_iter().map(move |panel| (dashboard.title.clone(), panel)).collect::<Vec<_>>()
    };
    dashboards().unwrap().into_iter().flat_map(with_title).filter(|(_, panel)| panel.r#type != "row").collect()
}
