//! The overlays of `kubernetes/`: kustomize builds each, Kubernetes's schema knows every field, and what one object says
//! of another one is there.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use checks::services::{ServiceError, if_installed, run_tool};
use course::monitoring::read_yaml;
use course::path;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[test]
fn the_schema_of_kubernetes_knows_every_field_of_every_overlay() {
    for overlay in overlays() {
        for object in &overlay.objects {
            if let Err(problem) = judge(object) {
                panic!("{}: {} {}: {problem}", overlay.name, object["kind"], object["metadata"]["name"]);
            }
        }
    }
}

#[test]
fn a_field_that_kubernetes_does_not_know_is_refused() {
    let service = |port: Value| json!({ "apiVersion": "v1", "kind": "Service", "spec": { "ports": [port] } });
    assert_eq!(judge(&service(json!({ "port": 80, "targetPort": "http" }))), Ok(()));
    assert!(judge(&service(json!({ "port": 80, "targetport": "http" }))).is_err());
    assert!(judge(&service(json!({ "port": "80" }))).is_err());
    assert!(judge(&service(json!({ "targetPort": "http" }))).is_err());
}

#[test]
fn no_container_is_root_or_can_write_outside_of_a_volume() {
    for overlay in overlays() {
        for pod in overlay.pods() {
            let name = format!("{}, {}", overlay.name, pod.labels);
            assert_eq!(pod.spec["securityContext"]["runAsNonRoot"], true, "{name}");
            assert_eq!(pod.spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{name}");
            for container in pod.containers() {
                let security = &container["securityContext"];
                assert_eq!(security["allowPrivilegeEscalation"], false, "{name}");
                assert_eq!(security["readOnlyRootFilesystem"], true, "{name}");
                assert_eq!(security["capabilities"]["drop"], json!(["ALL"]), "{name}");
                assert!(container["resources"]["limits"]["memory"].is_string(), "{name}");
                assert!(container["image"].as_str().unwrap().contains(':'), "{name}: an image without a version");
            }
        }
    }
}

#[test]
fn every_selector_selects_a_pod_with_the_ports_that_it_names() {
    for overlay in overlays() {
        for (kind, selector, ports) in overlay.selectors() {
            let pods: Vec<_> = overlay.pods().filter(|pod| pod.is_selected(&selector)).collect();
            assert!(!pods.is_empty(), "{}: a {kind} selects no pod by {selector}", overlay.name);
            for port in ports {
                assert!(pods.iter().any(|pod| pod.has_port(&port)), "{}: no port {port} for a {kind}", overlay.name);
            }
        }
    }
}

#[test]
fn every_secret_and_every_file_that_a_pod_names_is_there() {
    for overlay in overlays() {
        for pod in overlay.pods() {
            let variables = pod.containers().flat_map(|container| array(&container["env"]));
            for reference in
                variables.map(|variable| &variable["valueFrom"]["secretKeyRef"]).filter(|at| at.is_object())
            {
                let secret = overlay.find("Secret", &reference["name"]);
                let key = reference["key"].as_str().unwrap();
                assert!(secret.is_some_and(|secret| secret["data"][key].is_string()), "{}: {reference}", overlay.name);
            }
            for volume in array(&pod.spec["volumes"]).filter(|volume| volume["configMap"].is_object()) {
                let name = &volume["configMap"]["name"];
                assert!(overlay.find("ConfigMap", name).is_some(), "{}: no ConfigMap {name}", overlay.name);
            }
        }
    }
}

#[test]
fn metrics_are_for_prometheus_and_a_push_is_for_the_job() {
    for overlay in overlays() {
        for policy in overlay.of_kind("NetworkPolicy") {
            for rule in array(&policy["spec"]["ingress"]).filter(|rule| rule["ports"][0]["port"] == "metrics") {
                let sources: Vec<_> = array(&rule["from"]).collect();
                assert!(!sources.is_empty(), "{}: {policy} lets everybody in", overlay.name);
                let stranger = json!({ "app.kubernetes.io/name": "stranger" });
                for source in sources {
                    let selector = &source["podSelector"];
                    assert!(!is_selected(&stranger, selector), "{}: {source} is for everybody", overlay.name);
                    assert!(selector.is_object(), "{}: {source} is for all pods of a namespace", overlay.name);
                }
            }
        }
        let closed = overlay.of_kind("NetworkPolicy").any(|policy| policy["spec"]["podSelector"] == json!({}));
        assert!(closed, "{}: whoever is not named may come in", overlay.name);
    }
}

#[test]
fn each_pod_with_metrics_is_found_in_exactly_one_way() {
    for overlay in overlays() {
        let by_operator: Vec<_> = overlay.of_kind("PodMonitor").map(|monitor| &monitor["spec"]["selector"]).collect();
        for pod in overlay.pods().filter(|pod| pod.has_port("metrics")) {
            let port = pod.annotations["prometheus.io/port"].as_str();
            let is_annotated = port.is_some_and(|port| pod.has_port_number(port));
            let is_monitored = by_operator.iter().any(|selector| pod.is_selected(selector));
            assert_ne!(is_annotated, is_monitored, "{}: {}", overlay.name, pod.labels);
        }
    }
}

#[test]
fn every_lesson_has_an_overlay_with_its_own_image() {
    for overlay in overlays().iter().filter(|overlay| overlay.name.starts_with("lesson-")) {
        let image = format!("{}:dev", overlay.name);
        let has_image = |pod: Pod| pod.containers().any(|container| container["image"] == image);
        assert!(overlay.pods().any(has_image), "{}: no pod has the image {image}", overlay.name);
    }
    let lessons = path("lessons").read_dir().unwrap().count();
    let has_overlay = |number| path(&format!("kubernetes/overlays/lesson-{number:02}")).is_dir();
    assert!((0..lessons).all(has_overlay));
}

/// Debian's promtool knows no Kubernetes, so it judges the rest.
#[test]
fn promtool_accepts_the_configuration_of_prometheus_in_the_cluster() {
    let mut configuration: Value = read_yaml(&path("kubernetes/components/prometheus/prometheus.yml")).unwrap();
    for job in configuration["scrape_configs"].as_array_mut().unwrap() {
        let discovery = job.as_object_mut().unwrap().remove("kubernetes_sd_configs").unwrap();
        assert_eq!(discovery[0]["role"], "pod");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prometheus.yml");
    std::fs::write(&file, configuration.to_string()).unwrap();
    let mut command = Command::new("promtool");
    command.args(["check", "config"]).arg(file);
    if_installed(run_tool(command, "promtool", "prometheus"), "the configuration of the cluster").unwrap();
}

/// What kustomize makes of an overlay.
struct Overlay {
    name: String,
    objects: Vec<Value>,
}

/// What a Deployment, StatefulSet or CronJob makes pods of.
struct Pod<'a> {
    labels: &'a Value,
    annotations: &'a Value,
    spec: &'a Value,
}

/// All of them, built once; none where there is no kubectl.
fn overlays() -> &'static [Overlay] {
    static OVERLAYS: LazyLock<Vec<Overlay>> = LazyLock::new(|| {
        let folders = path("kubernetes/overlays").read_dir().unwrap().map(|entry| entry.unwrap().path());
        let built = folders.map(|folder| build(&folder)).collect();
        if_installed(built, "the overlays of kubernetes/").unwrap().unwrap_or_default()
    });
    &OVERLAYS
}

fn build(folder: &Path) -> Result<Overlay, ServiceError> {
    let mut command = Command::new("kubectl");
    command.arg("kustomize").arg(folder);
    let text = run_tool(command, "kubectl", "kubernetes-client")?;
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    Ok(Overlay { name, objects: serde_saphyr::from_multiple(&text).unwrap() })
}

impl Overlay {
    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    fn find(&self, kind: &str, name: &Value) -> Option<&Value> {
        self.of_kind(kind).find(|object| object["metadata"]["name"] == *name)
    }

    fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        self.objects.iter().filter_map(|object| {
            let template = match object["kind"].as_str()? {
                "Deployment" | "StatefulSet" => &object["spec"]["template"],
                "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
                _ => return None,
            };
            let metadata = &template["metadata"];
            Some(Pod { labels: &metadata["labels"], annotations: &metadata["annotations"], spec: &template["spec"] })
        })
    }

    /// What selects pods: the kind of object, its selector, and the names of the ports that the pods need.
    fn selectors(&self) -> Vec<(&str, Value, Vec<String>)> {
        let mut selectors = Vec::new();
        for object in &self.objects {
            let spec = &object["spec"];
            let kind = object["kind"].as_str().unwrap();
            let (selector, ports) = match kind {
                "Service" => (json!({ "matchLabels": spec["selector"] }), names(&spec["ports"], "targetPort")),
                "Deployment" | "StatefulSet" | "PodDisruptionBudget" => (spec["selector"].clone(), Vec::new()),
                "PodMonitor" => (spec["selector"].clone(), names(&spec["podMetricsEndpoints"], "port")),
                "NetworkPolicy" => {
                    let rules = array(&spec["ingress"]).flat_map(|rule| names(&rule["ports"], "port"));
                    (spec["podSelector"].clone(), rules.collect())
                }
                _ => continue,
            };
            selectors.push((kind, selector, ports));
        }
        selectors
    }
}

impl Pod<'_> {
    fn containers(&self) -> impl Iterator<Item = &Value> {
        array(&self.spec["containers"])
    }

    fn ports(&self) -> impl Iterator<Item = &Value> {
        self.containers().flat_map(|container| array(&container["ports"]))
    }

    fn has_port(&self, name: &str) -> bool {
        self.ports().any(|port| port["name"] == name)
    }

    fn has_port_number(&self, number: &str) -> bool {
        self.ports().any(|port| port["containerPort"].as_u64() == number.parse().ok())
    }

    fn is_selected(&self, selector: &Value) -> bool {
        is_selected(self.labels, selector)
    }
}

/// Whether a selector means an object with these labels. The course's selectors know equality and `In`.
fn is_selected(labels: &Value, selector: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten().all(|(label, value)| labels[label] == *value);
    let among = array(&selector["matchExpressions"]).all(|expression| {
        assert_eq!(expression["operator"], "In");
        array(&expression["values"]).any(|value| labels[expression["key"].as_str().unwrap()] == *value)
    });
    equal && among
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn names(list: &Value, key: &str) -> Vec<String> {
    array(list).filter_map(|entry| entry[key].as_str().map(str::to_owned)).collect()
}

/// Whether an object has all fields that it must have, none that Kubernetes does not know, and each of the right type.
fn judge(object: &Value) -> Result<(), String> {
    match object["kind"].as_str() {
        Some("ConfigMap") => round_trip::<ConfigMap>(object),
        Some("CronJob") => round_trip::<CronJob>(object),
        Some("Deployment") => round_trip::<Deployment>(object),
        Some("HorizontalPodAutoscaler") => round_trip::<HorizontalPodAutoscaler>(object),
        Some("Namespace") => round_trip::<Namespace>(object),
        Some("NetworkPolicy") => round_trip::<NetworkPolicy>(object),
        Some("PodDisruptionBudget") => round_trip::<PodDisruptionBudget>(object),
        Some("Role") => round_trip::<Role>(object),
        Some("RoleBinding") => round_trip::<RoleBinding>(object),
        Some("Secret") => round_trip::<Secret>(object),
        Some("Service") => round_trip::<Service>(object),
        Some("ServiceAccount") => round_trip::<ServiceAccount>(object),
        Some("StatefulSet") => round_trip::<StatefulSet>(object),
        // No part of Kubernetes: the Prometheus operator brings its schema.
        Some("PodMonitor") => Ok(()),
        kind => Err(format!("no schema for {kind:?}")),
    }
}

/// A field that is not in the schema is lost on the way, and one that must be there comes back as its type's default.
fn round_trip<T: Serialize + DeserializeOwned>(object: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let back = serde_json::to_value(typed).map_err(|error| error.to_string())?;
    let (unknown, missing) = (lost("", object, &back), lost("", &back, object));
    match (unknown.is_empty(), missing.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("no such field: {}", unknown.join(", "))),
        (true, false) => Err(format!("these must be there: {}", missing.join(", "))),
    }
}

/// The paths of what the second value lacks. An empty object is as good as none.
fn lost(at: &str, whole: &Value, rest: &Value) -> Vec<String> {
    match whole {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| lost(&format!("{at}/{name}"), value, &rest[name])).collect()
        }
        Value::Array(values) => {
            let entries = values.iter().enumerate();
            entries.flat_map(|(index, value)| lost(&format!("{at}/{index}"), value, &rest[index])).collect()
        }
        value if value == rest => Vec::new(),
        _ => vec![at.to_owned()],
    }
}
