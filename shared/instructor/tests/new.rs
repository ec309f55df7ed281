//! `cargo lab new`, run as an instructor runs it, in a copy of what it reads and changes.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use instructor::agreement;
use instructor::starters::{self, SHARED_PARTS};
use instructor::texts::{self, links, queries};
use lab::course::Course;
use tempfile::TempDir;
use walkdir::WalkDir;

/// What the command reads.
const PARTS: [&str; 10] = [
    "Cargo.toml",
    ".gitignore",
    "docker-compose.yml",
    "docs/src/instructor.md",
    "docs/src/measurements.md",
    "lessons",
    "solutions",
    "shared/checks/src/lessons.rs",
    "shared/lab/originals",
    "shared/lab/originals.txt",
];

struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        for entry in PARTS.iter().flat_map(|part| WalkDir::new(root.join(part))).map(Result::unwrap) {
            if entry.file_type().is_file() {
                let path = copy.path(entry.path().strip_prefix(&root).unwrap().to_str().unwrap());
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::copy(entry.path(), path).unwrap();
            }
        }
        let git = Command::new("git").args(["init", "--quiet"]).current_dir(copy.folder.path()).status();
        assert!(git.unwrap().success());
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn lesson(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.arg("new").args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// All files, but for git's own.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = WalkDir::new(self.folder.path()).into_iter().filter_entry(|entry| entry.file_name() != ".git");
        let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        files.map(|entry| (entry.path().to_owned(), fs::read(entry.path()).unwrap())).collect()
    }

    /// It is refused, and nothing is written.
    #[track_caller]
    fn assert_refused(&self, arguments: &[&str], words: &str) {
        let before = self.files();
        let output = self.lesson(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
        assert!(self.files() == before);
    }
}

#[test]
fn a_new_lesson_is_the_last_shop_with_a_todo_comment_and_texts_to_fill_in() {
    let copy = Copy::new();
    let output = copy.lesson(&["07-alert-rules", "--metric", "alerts_total"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let metrics = copy.read("solutions/04-summary/src/metrics.rs");
    assert_eq!(copy.read("solutions/07-alert-rules/src/metrics.rs"), metrics);
    let todo = "// TODO (step 1): FILL IN, what to write here.\n";
    assert_eq!(copy.read("lessons/07-alert-rules/src/metrics.rs"), format!("{metrics}\n{todo}"));
    assert!(copy.read("lessons/07-alert-rules/src/main.rs").contains("lesson_07_alert_rules::app"));
    assert!(copy.read("solutions/07-alert-rules/src/main.rs").contains("`cargo lab run 07 --solution`"));
    for text in ["lessons/07-alert-rules/README.md", "lessons/07-alert-rules/lesson.toml"] {
        assert!(copy.read(text).contains("FILL IN"), "{text}");
        assert!(copy.read(text).contains("alerts_total"), "{text}");
    }
}

#[test]
fn a_new_lesson_is_named_wherever_each_lesson_is() {
    let copy = Copy::new();
    copy.lesson(&["07-alert-rules"]);
    let checks = copy.read("shared/checks/src/lessons.rs");
    assert!(checks.contains("mod alert_rules;\nmod at_once;"), "{checks}");
    assert!(checks.contains("        pushgateway::CHECKS,\n        alert_rules::CHECKS,\n    ];"), "{checks}");
    let stacks: serde_json::Value = serde_saphyr::from_str(&copy.read("docker-compose.yml")).unwrap();
    for kind in ["lesson", "solution"] {
        let stack = &stacks["services"][format!("{kind}-07")];
        assert_eq!(stack["build"]["args"]["PACKAGE"].as_str(), Some(&*format!("{kind}-07-alert-rules")));
    }
    assert!(copy.read("docs/src/measurements.md").contains("| `07-alert-rules` | 0 | 0 | 40 |\n\n<!-- lines: end -->"));
    assert!(copy.read("docs/src/instructor.md").contains("| `07-alert-rules` | 30 | | |\n\n<!-- minutes: end -->"));
    assert!(copy.read("shared/lab/originals.txt").contains("lessons/07-alert-rules/src/metrics.rs"));
}

#[test]
fn a_module_behind_all_others_has_its_place_too() {
    let copy = Copy::new();
    let output = copy.lesson(&["07-zones"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let checks = copy.read("shared/checks/src/lessons.rs");
    assert!(checks.contains("pub mod whole_page;\nmod zones;\n"), "{checks}");
}

#[test]
fn a_metric_without_total_is_a_gauge() {
    let copy = Copy::new();
    copy.lesson(&["07-alerts", "--metric", "alerts_firing"]);
    let check = copy.read("shared/checks/src/lessons/alerts.rs");
    assert!(check.contains("require_family(&page, METRIC, MetricType::Gauge, WHY)"), "{check}");
    let steps = copy.read("shared/course/steps/07-alerts.toml");
    assert!(steps.contains("asks = \"Add the gauge `alerts_firing` to the page.\""), "{steps}");
    let text = copy.read("lessons/07-alerts/README.md");
    assert!(text.contains("```promql\nalerts_firing\n```"), "{text}");
}

#[test]
fn a_skeleton_that_is_filled_in_keeps_the_rules_about_its_files() {
    let copy = Copy::new();
    copy.lesson(&["07-alerts"]);
    for path in copy.files().into_keys() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        fs::write(&path, text.replace("FILL IN: ", "").replace("FILL IN, ", "")).unwrap();
    }
    let course = Course::of(copy.folder.path()).unwrap();
    let [lesson, before] = ["07", "04"].map(|number| course.lesson(number).unwrap());
    let mut faults = starters::start(&course, lesson, before).unwrap();
    faults.extend(starters::end(&course, lesson).unwrap());
    faults.extend(starters::same_files(&course, lesson).unwrap());
    faults.extend(SHARED_PARTS.iter().flat_map(|part| starters::same_part(&course, lesson, part).unwrap()));
    faults.extend(agreement::filled_in(&course, lesson).unwrap());
    let text = texts::of_lesson(course.root(), lesson.name()).unwrap();
    faults.extend(links::faults(course.root(), &text));
    faults.extend(queries::faults(&text));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn files_without_a_mark_left_over_can_be_read() {
    let copy = Copy::new();
    copy.lesson(&["07-alerts"]);
    for path in ["lessons/07-alerts/lesson.toml", "lessons/07-alerts/Cargo.toml", "shared/course/steps/07-alerts.toml"]
    {
        let text = copy.read(path);
        text.parse::<toml::Table>().unwrap();
        assert!(!text.contains("{name}") && !text.contains("{metric}") && !text.contains("{todo}"), "{text}");
    }
    syn::parse_file(&copy.read("shared/checks/src/lessons/alerts.rs")).unwrap();
    syn::parse_file(&copy.read("lessons/07-alerts/tests/checks.rs")).unwrap();
}

#[test]
fn a_name_that_is_none_is_refused_with_one_that_is() {
    let copy = Copy::new();
    for typed in
        ["alerts", "7-alerts", "07-Alerts", "07-", "07-a--b", "07-../x", "07-a\nb", "07-match", "03-alerts", "06-more"]
    {
        copy.assert_refused(&[typed], "such as `07-alerts`");
    }
}

#[test]
fn what_is_there_already_is_not_written_over() {
    let copy = Copy::new();
    fs::create_dir_all(copy.path("shared/course/steps")).unwrap();
    fs::write(copy.path("shared/course/steps/07-alerts.toml"), "mine").unwrap();
    copy.assert_refused(&["07-alerts"], "shared/course/steps/07-alerts.toml is there already");
}

#[test]
fn a_title_or_a_metric_that_would_break_the_files_is_refused() {
    let copy = Copy::new();
    for title in ["", " ", "a \"quote\"", "a\nb", "{metric}", "a \\ b"] {
        copy.assert_refused(&["07-alerts", "--title", title], "is no title of a lesson");
    }
    for metric in ["", "alerts total", "1_total", "Alerts", "a\"b", "a::b", "alerts{a=\"b\"}"] {
        copy.assert_refused(&["07-alerts", "--metric", metric], "is no name of a metric");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_there_already() {
    let copy = Copy::new();
    fs::create_dir_all(copy.path("solutions/07-alerts")).unwrap();
    std::os::unix::fs::symlink("/no/such/file", copy.path("solutions/07-alerts/README.md")).unwrap();
    copy.assert_refused(&["07-alerts"], "solutions/07-alerts/README.md is there already");
    assert!(copy.path("solutions/07-alerts/README.md").is_symlink());
}

#[test]
fn where_something_cannot_be_written_nothing_is_left() {
    let copy = Copy::new();
    // A folder cannot be where a file is, whoever one is.
    fs::create_dir_all(copy.path("shared/course")).unwrap();
    fs::write(copy.path("shared/course/steps"), "a file").unwrap();
    let before = copy.files();
    let output = copy.lesson(&["07-alerts"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("shared/course/steps/07-alerts.toml cannot be written"), "{stderr}");
    assert!(copy.files() == before);
    assert!(!copy.path("lessons/07-alerts").exists(), "an empty folder would be taken for a lesson");
}
