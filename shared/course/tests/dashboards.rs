//! The dashboards of Grafana: each panel has a query that it can ask anywhere, and the unit of what that gives. And the
//! files that lead Grafana to them are as its documentation says.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

use course::grafana::{
    Access, Dashboard, DatasourceFile, GridPos, HttpMethod, Panel, PrometheusType, ProviderFile, dashboards,
    datasource, scrape_interval,
};
use course::monitoring::{files, read_yaml};
use course::path;
use instructor::promql::{Unit, unit};
use serde_json::Value;

#[test]
fn every_panel_shows_the_unit_of_its_queries() {
    for (dashboard, panel) in panels() {
        for query in queries(&panel) {
            let unit = unit(&query).unwrap().unwrap_or(Unit::Number);
            let shown = &panel.field_config.defaults.unit;
            assert!(
                unit.in_grafana().contains(&shown.as_str()),
                "{dashboard}, {}: {shown:?} is not the unit of {query}, which is {:?}",
                panel.title,
                unit.in_grafana()
            );
        }
    }
}

#[test]
fn requests_per_second_and_nothing_else_are_called_requests() {
    for (dashboard, panel) in panels() {
        let rates = ["reqps", "ops"].contains(&panel.field_config.defaults.unit.as_str());
        for query in queries(&panel).iter().filter(|_| rates) {
            let requests = query.contains("http_request");
            assert_eq!(panel.field_config.defaults.unit == "reqps", requests, "{dashboard}, {}: {query}", panel.title);
        }
    }
}

#[test]
fn the_axis_of_a_heatmap_has_the_unit_of_its_buckets() {
    let heatmaps: Vec<_> = panels().into_iter().filter(|(_, panel)| panel.r#type == "heatmap").collect();
    assert!(!heatmaps.is_empty());
    for (dashboard, panel) in heatmaps {
        for query in queries(&panel) {
            let bounds = unit(&format!("histogram_quantile(0.5, {query})")).unwrap().unwrap();
            let shown = panel.options["yAxis"]["unit"].as_str().unwrap();
            assert!(bounds.in_grafana().contains(&shown), "{dashboard}, {}: {shown}", panel.title);
        }
    }
}

/// So that `$__rate_interval` is four scrapes, as the tests take it: what a dashboard shows at first is so short that a
/// panel has room for a point for each scrape, on any screen.
#[test]
fn every_panel_has_a_point_for_each_scrape() {
    /// Of a narrow screen, without the menu.
    const PIXELS: u32 = 1_200;
    let interval = scrape_interval().unwrap();
    for dashboard in dashboards().unwrap() {
        let range = dashboard.time.last().unwrap();
        for panel in dashboard.panels {
            let name = format!("{}, {}", dashboard.title, panel.title);
            let pixels = PIXELS * panel.grid_pos.w / GridPos::COLUMNS;
            assert!(range / pixels <= interval, "{name} has too few pixels for {range:?}");
            assert_eq!((panel.interval, panel.max_data_points), (None, None), "{name}");
            assert!(panel.targets.iter().all(|target| target.interval.is_none()), "{name}");
        }
    }
}

#[test]
fn every_panel_says_what_it_shows_and_asks_the_provisioned_database() {
    let provisioned = datasource().unwrap().uid;
    for (dashboard, panel) in panels() {
        let name = format!("{dashboard}, {}", panel.title);
        assert!(!panel.targets.is_empty(), "{name} has no query");
        assert!(!panel.description.is_empty(), "{name} has no description");
        assert_eq!(panel.datasource.map(|datasource| datasource.uid), Some(provisioned.clone()), "{name}");
    }
}

#[test]
fn no_query_has_a_variable_that_only_a_browser_knows() {
    assert!(dashboards().unwrap().iter().all(|dashboard| dashboard.templating.is_none()));
    for (dashboard, panel) in panels() {
        for query in queries(&panel) {
            assert!(!query.contains('$'), "{dashboard}, {}: {query}", panel.title);
        }
    }
}

#[test]
fn no_panel_lies_on_another_one_or_beside_the_dashboard() {
    for dashboard in dashboards().unwrap() {
        for (index, panel) in dashboard.panels.iter().enumerate() {
            let name = format!("{}, {}", dashboard.title, panel.title);
            assert!(panel.grid_pos.x + panel.grid_pos.w <= GridPos::COLUMNS, "{name}");
            for other in &dashboard.panels[index + 1..] {
                assert!(!panel.grid_pos.overlaps(other.grid_pos), "{name} and {}", other.title);
            }
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

#[test]
fn grafana_finds_the_prometheus_of_the_stack_and_knows_how_often_it_scrapes() {
    let file: DatasourceFile = read_yaml(&path("grafana/provisioning/datasources/prometheus.yml")).unwrap();
    assert_eq!(file.api_version, 1);
    let datasource = datasource().unwrap();
    assert_eq!(datasource.r#type, "prometheus");
    // The browser knows no name of a container.
    assert_eq!(datasource.access, Access::Proxy);
    assert!(datasource.is_default);
    assert_eq!(datasource.json_data.http_method, HttpMethod::Post);
    assert_eq!(datasource.json_data.prometheus_type, PrometheusType::Prometheus);

    let (host, port) = datasource.url.strip_prefix("http://").unwrap().split_once(':').unwrap();
    let compose: Value = read_yaml(&path("docker-compose.yml")).unwrap();
    let ports = compose["services"][host]["ports"].as_array().unwrap();
    assert!(ports.iter().any(|published| published.as_str().unwrap().ends_with(&format!(":{port}"))), "{ports:?}");

    let prometheus: Value = read_yaml(&path("prometheus/prometheus.yml")).unwrap();
    assert_eq!(prometheus["global"]["scrape_interval"], datasource.json_data.time_interval.as_str());
}

#[test]
fn grafana_finds_the_dashboards_and_lets_everybody_try_a_change() {
    let file: ProviderFile = read_yaml(&path("grafana/provisioning/dashboards/dashboards.yml")).unwrap();
    assert_eq!(file.api_version, 1);
    let [provider] = <[_; 1]>::try_from(file.providers).unwrap();
    assert_eq!(provider.r#type, "file");
    assert!(!provider.name.is_empty() && !provider.folder.is_empty());
    assert!(provider.allow_ui_updates);

    let compose: Value = read_yaml(&path("docker-compose.yml")).unwrap();
    let volumes = compose["services"]["grafana"]["volumes"].as_array().unwrap();
    let mounts = |from: &str, to: &str| volumes.iter().any(|volume| volume == &format!("{from}:{to}:ro"));
    assert!(mounts("./grafana/dashboards", &provider.options.path), "{volumes:?}");
    assert!(mounts("./grafana/provisioning", "/etc/grafana/provisioning"), "{volumes:?}");
}

/// Whoever takes a newer Grafana takes its types, too.
#[test]
fn the_validators_know_the_grafana_of_the_stack_or_a_newer_one() {
    let compose: Value = read_yaml(&path("docker-compose.yml")).unwrap();
    let package: Value = read_yaml(&path("shared/course/validators/package.json")).unwrap();
    let image = compose["services"]["grafana"]["image"].as_str().unwrap();
    let stack = version(image.strip_prefix("grafana/grafana:").unwrap());
    let types = version(package["devDependencies"]["@grafana/schema"].as_str().unwrap());
    assert!(stack <= types, "{image}, and the types of {types:?}");
}

fn version(text: &str) -> [u32; 3] {
    let numbers: Vec<_> = text.split('.').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

#[test]
fn what_grafana_does_not_document_is_refused() {
    let refuses_datasource = |right: &str, wrong: &str| {
        let text = changed("grafana/provisioning/datasources/prometheus.yml", right, wrong);
        assert!(serde_saphyr::from_str::<DatasourceFile>(&text).is_err(), "{wrong} is accepted");
    };
    refuses_datasource("isDefault", "default");
    refuses_datasource("timeInterval", "scrapeInterval");
    refuses_datasource("access: proxy", "access: server");
    refuses_datasource("httpMethod: POST", "httpMethod: post");
    refuses_datasource("prometheusType: Prometheus", "prometheusType: prometheus");

    let refuses_provider = |right: &str, wrong: &str| {
        let text = changed("grafana/provisioning/dashboards/dashboards.yml", right, wrong);
        assert!(serde_saphyr::from_str::<ProviderFile>(&text).is_err(), "{wrong} is accepted");
    };
    refuses_provider("allowUiUpdates: true", "allowUIUpdates: true");
    refuses_provider("allowUiUpdates: true", "allowUiUpdates: often");
    refuses_provider("path:", "folder:");
}

fn changed(file: &str, right: &str, wrong: &str) -> String {
    let text = std::fs::read_to_string(path(file)).unwrap();
    assert!(text.contains(right), "{file} has no {right}");
    text.replace(right, wrong)
}

/// All but the lines between them, with the titles of their dashboards.
fn panels() -> Vec<(String, Panel)> {
    let with_title = |dashboard: Dashboard| {
        dashboard.panels.into_iter().map(move |panel| (dashboard.title.clone(), panel)).collect::<Vec<_>>()
    };
    dashboards().unwrap().into_iter().flat_map(with_title).filter(|(_, panel)| panel.r#type != "row").collect()
}

/// As Grafana sends them.
fn queries(panel: &Panel) -> Vec<String> {
    let interval = scrape_interval().unwrap();
    panel.targets.iter().map(|target| target.query(interval)).collect()
}
