//! `.devcontainer/` has only what the specification of development containers documents, and what it says of the course
//! is so.
//!
//! The reference program, `devcontainer read-configuration`, takes any key and any value, so it can prove nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(dead_code, reason = "a field that is only read says that it is there, and of which type")]

use std::collections::{BTreeMap, BTreeSet};

use course::monitoring::read_yaml;
use course::path;
use serde::Deserialize;
use serde_json::Value;

/// The part of the specification that the course needs. What is not here is refused: whoever needs another key looks it
/// up first.
///
/// <https://containers.dev/implementors/json_reference/>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DevContainer {
    name: String,
    image: String,
    /// By their addresses, with options.
    features: BTreeMap<String, BTreeMap<String, Value>>,
    host_requirements: HostRequirements,
    forward_ports: BTreeSet<u16>,
    ports_attributes: BTreeMap<u16, PortAttributes>,
    post_create_command: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostRequirements {
    cpus: u32,
    memory: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortAttributes {
    label: String,
}

#[test]
fn the_container_is_described_as_the_specification_says() {
    let container = read(&text()).unwrap();
    assert!(container.host_requirements.cpus >= 1);
    let unit = container.host_requirements.memory.trim_start_matches(|character: char| character.is_ascii_digit());
    assert!(["tb", "gb", "mb", "kb", ""].contains(&unit), "{unit}");
    for address in container.features.keys().chain([&container.image]) {
        let (name, version) = address.rsplit_once(':').unwrap();
        assert!(name.contains('/') && !version.is_empty(), "{address} has no version");
    }
}

#[test]
fn what_the_specification_does_not_know_is_refused() {
    let refuses = |right: &str, wrong: &str| {
        assert!(text().contains(right), "no {right} to replace");
        assert!(read(&text().replacen(right, wrong, 1)).is_err(), "{wrong} is accepted");
    };
    refuses("\"forwardPorts\"", "\"forwardPort\"");
    refuses("\"image\"", "\"img\"");
    refuses("\"label\"", "\"name\"");
    refuses("\"memory\"", "\"ram\"");
    refuses("\"cpus\": 2", "\"cpus\": \"two\"");
    refuses("[8000, ", "[\"shop\", ");
    refuses("\"9090\"", "\"prometheus\"");
    refuses("docker-in-docker:2\": {}", "docker-in-docker:2\"");
}

#[test]
fn it_forwards_the_ports_of_the_stacks_and_names_each() {
    let container = read(&text()).unwrap();
    assert_eq!(container.forward_ports, container.ports_attributes.into_keys().collect());
    let settings = std::fs::read_to_string(path(".env")).unwrap();
    let ports = settings.lines().filter_map(|line| line.split_once("_PORT=")).map(|(_, port)| port.parse().unwrap());
    assert_eq!(container.forward_ports, ports.collect());
}

#[test]
fn it_builds_with_the_compiler_of_the_workflow() {
    let container = read(&text()).unwrap();
    let workflow: Value = read_yaml(&path(".github/workflows/ci.yml")).unwrap();
    let steps = workflow["jobs"]["ci"]["steps"].as_array().unwrap();
    let install = steps.iter().find_map(|step| step["run"].as_str().filter(|run| run.starts_with("rustup"))).unwrap();
    assert!(container.post_create_command.starts_with(install), "{}", container.post_create_command);
}

fn text() -> String {
    std::fs::read_to_string(path(".devcontainer/devcontainer.json")).unwrap()
}

/// Comments are allowed. Ours have lines of their own.
fn read(text: &str) -> serde_json::Result<DevContainer> {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    serde_json::from_str(&lines.join("\n"))
}
