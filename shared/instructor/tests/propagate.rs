//! `cargo lab propagate`, run as an instructor runs it, in copies of the course.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lab::course::Course;
use tempfile::TempDir;
use walkdir::WalkDir;

use support::{stderr, stdout, tracked};

/// A copy of the course in a repository of its own, with the lessons as they were handed out.
struct Copy {
    folder: TempDir,
}

/// All files, but for git's and those that it ignores.
type Files = BTreeMap<PathBuf, Vec<u8>>;

impl Copy {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let course = Course::of(&root).unwrap();
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        for lesson in course.lessons() {
            for path in course.originals().files(lesson) {
                copy.write(path, course.originals().content(&root, path).unwrap());
            }
        }
        for path in tracked(&root).into_iter().filter(|path| !path.starts_with("lessons/")) {
            copy.write(&path, fs::read(root.join(&path)).unwrap());
        }
        copy.git(&["init", "--quiet"]);
        copy.commit();
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Changes each place that has this text.
    #[track_caller]
    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, text.replace(from, to));
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]);
        let output = git.args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Work"]);
    }

    fn instructor(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    fn propagate(&self, arguments: &[&str]) -> Output {
        self.instructor(&["propagate"]).args(arguments).output().unwrap()
    }

    /// Merges, and builds nothing. Returns what it says.
    #[track_caller]
    fn merge(&self, arguments: &[&str], code: i32) -> String {
        let output = self.propagate(&[arguments, &["--no-check"]].concat());
        let says = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{says}");
        says
    }

    #[track_caller]
    fn assert_sound(&self) {
        let output = self.instructor(&["verify", "--no-run"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    }

    /// Takes the side of the edit in each mistake and right way.
    fn resolve_all(&self) {
        let marked = self.git(&["grep", "--name-only", "^<<<<<<< the edit", "shared/course"]);
        marked.lines().for_each(|path| resolve(self, path));
    }

    fn files(&self) -> Files {
        let mut files = Files::new();
        for entry in WalkDir::new(self.folder.path()).into_iter().map(Result::unwrap) {
            let path = entry.path().strip_prefix(self.folder.path()).unwrap();
            if entry.file_type().is_file() && !path.starts_with(".git") && !path.starts_with(".lab") {
                files.insert(path.to_owned(), fs::read(entry.path()).unwrap());
            }
        }
        files
    }

    /// The starters and solutions after the solution of lesson 01.
    fn later() -> impl Iterator<Item = String> {
        let lessons = ["02-gauge", "03-histogram", "04-summary"];
        lessons.into_iter().flat_map(|lesson| ["lessons", "solutions"].map(|folder| format!("{folder}/{lesson}")))
    }
}

const METRICS: &str = "solutions/01-counter/src/metrics.rs";
const TRACK: &str = "solutions/01-counter/src/track.rs";

/// A change that merges everywhere.
fn with_another_comment() -> Copy {
    let copy = Copy::new();
    copy.change(METRICS, "An error says which one it was.", "An error names it.");
    copy
}

/// A change that meets one of lesson 03 in the same line.
fn with_a_conflict() -> Copy {
    let copy = Copy::new();
    copy.change(TRACK, "/// Counts each answer. A panic", "/// Every answer is a number in here. A panic");
    copy
}

const CONFLICT: &str = "solutions/03-histogram/src/track.rs";

/// Takes the side of the later lesson, which `git` shows above the line that it has in common with none.
fn resolve(copy: &Copy, path: &str) {
    let text = copy.read(path);
    let mut resolved = String::new();
    let mut is_kept = true;
    for line in text.split_inclusive('\n') {
        match line.get(..7) {
            Some("<<<<<<<") => {}
            Some("|||||||") => is_kept = false,
            Some(">>>>>>>") => is_kept = true,
            _ if is_kept => resolved.push_str(line),
            _ => {}
        }
    }
    assert_ne!(text, resolved, "{path} has no conflict");
    copy.write(path, resolved);
}

#[test]
fn without_write_nothing_changes_and_nothing_is_left_behind() {
    let copy = with_another_comment();
    let before = copy.files();
    let says = copy.merge(&["01"], 0);
    assert!(says.contains("✓ solutions/04-summary: clean, 1 file"), "{says}");
    assert!(says.contains("`cargo lab propagate 01 --write` writes all of this."), "{says}");
    assert!(copy.files() == before);
    assert_eq!(copy.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_change_of_a_solution_reaches_all_that_comes_after_it_and_the_course_is_sound_again() {
    let copy = with_another_comment();
    copy.merge(&["01", "--write"], 0);
    for folder in Copy::later() {
        assert!(copy.read(&format!("{folder}/src/metrics.rs")).contains("An error names it."), "{folder}");
    }
    assert!(copy.read("shared/course/steps/01-counter.toml").contains("An error names it."));
    copy.assert_sound();
    assert!(!copy.path(".lab/propagate").exists());
}

#[test]
fn a_new_label_reaches_the_later_lessons_and_a_mistake_that_writes_the_same_place_has_gits_marks() {
    let copy = Copy::new();
    copy.change(
        METRICS,
        r#"&["method", "path", "exception_type"]"#,
        r#"&["method", "path", "exception_type", "team"]"#,
    );
    copy.change(TRACK, "&[method, path, kind]", r#"&[method, path, kind, "shop"]"#);
    let says = copy.merge(&["1", "--write"], 1);
    assert!(says.contains("✗ shared/course: conflict in 3 files"), "{says}");
    for folder in Copy::later() {
        assert!(copy.read(&format!("{folder}/src/metrics.rs")).contains(r#""exception_type", "team"]"#), "{says}");
        assert!(copy.read(&format!("{folder}/src/track.rs")).contains(r#"[method, path, kind, "shop"]"#), "{says}");
    }
    let mistake = copy.read("shared/course/mistakes/01-counter/takes_the_status_for_the_kind.toml");
    let edits = &toml::from_str::<toml::Table>(&mistake).unwrap()["edits"];
    let replace = edits[0]["replace"].as_str().unwrap();
    assert!(replace.starts_with("<<<<<<< the edit\n") && replace.ends_with(">>>>>>> the file now\n"), "{replace}");

    assert!(copy.merge(&["--continue"], 3).contains("takes_the_status_for_the_kind.toml:"));
    copy.resolve_all();
    copy.merge(&["--continue"], 0);
    copy.assert_sound();
}

#[test]
fn a_metric_with_another_name_has_it_in_the_later_lessons_steps_and_mistakes() {
    let copy = Copy::new();
    for path in [METRICS, TRACK] {
        copy.change(path, "http_exceptions", "http_failures");
    }
    let says = copy.merge(&["counter", "--write"], 1);
    for folder in Copy::later() {
        assert!(!copy.read(&format!("{folder}/src/metrics.rs")).contains("http_exceptions"), "{says}");
    }
    let mistake = copy.read("shared/course/mistakes/01-counter/takes_the_status_for_the_kind.toml");
    assert!(mistake.contains("metrics.http_failures") && !mistake.contains("metrics.http_exceptions"), "{mistake}");
    copy.resolve_all();
    copy.merge(&["--continue"], 0);
    copy.assert_sound();
}

#[test]
fn a_mistake_that_the_solution_makes_itself_by_now_is_named_until_somebody_changes_it() {
    let copy = Copy::new();
    let path = "shared/course/mistakes/04-summary/nobody.toml";
    let mistake = "mistake = \"Nothing.\"\ncheck = \"latency-summary\"\n\n[[edits]]\nfile = \"src/metrics.rs\"\n";
    let find = "An error says which one it was.";
    copy.write(path, format!("{mistake}find = \"{find}\"\nreplace = \"An error names it.\"\n"));
    copy.commit();
    copy.change(METRICS, find, "An error names it.");
    let says = copy.merge(&["01", "--write"], 1);
    assert!(says.contains("what this edit does is there already:"), "{says}");
    assert!(copy.merge(&["--continue"], 1).contains("nobody.toml needs you:"));
    fs::remove_file(copy.path(path)).unwrap();
    copy.merge(&["--continue"], 0);
    copy.assert_sound();
}

#[test]
fn code_that_was_formatted_is_formatted_again() {
    let copy = Copy::new();
    copy.change(METRICS, "let registry = Registry::new();", "let registry   =   Registry::new( );");
    copy.change(
        METRICS,
        "tracing::warn!(\"the database did not",
        "tracing::warn!(\"the old database of the shop did not",
    );
    copy.merge(&["01", "--write"], 0);
    let files = Copy::later().map(|folder| copy.path(&format!("{folder}/src/metrics.rs"))).chain([copy.path(METRICS)]);
    let mut rustfmt = Command::new("rustfmt");
    let output = rustfmt.args(["--check", "--edition", "2024"]).args(files).output().unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
    copy.assert_sound();
}

#[test]
fn a_new_file_reaches_the_later_lessons_and_has_a_way() {
    let copy = Copy::new();
    copy.write("lessons/01-counter/src/about.rs", "// TODO (step 3): the names of the shop's labels.\n");
    copy.write("solutions/01-counter/src/about.rs", "//! The names of the shop's labels.\n");
    copy.change("solutions/01-counter/src/lib.rs", "mod api;\n", "mod about;\nmod api;\n");
    let before = copy.files();
    let says = copy.merge(&["01", "--write"], 1);
    assert!(says.contains("Broken: they say how many lines a student writes"), "{says}");
    assert!(says.contains("01-counter: 88 lines, but docs/src/measurements.md says 86"), "{says}");
    assert!(copy.files() == before);

    copy.change("docs/src/measurements.md", "| `01-counter` | 172 | 86 |", "| `01-counter` | 172 | 88 |");
    copy.merge(&["01", "--write"], 0);
    for folder in Copy::later() {
        assert_eq!(copy.read(&format!("{folder}/src/about.rs")), "//! The names of the shop's labels.\n");
        assert!(copy.read(&format!("{folder}/src/lib.rs")).contains("mod about;\n"), "{folder}");
    }
    assert!(copy.read("shared/course/steps/01-counter.toml").contains("file = \"src/about.rs\""));
    copy.assert_sound();
}

#[test]
fn a_file_that_is_gone_goes_from_the_later_lessons_too() {
    let copy = Copy::new();
    for folder in ["lessons/00-item-api", "solutions/00-item-api"].map(str::to_owned).into_iter().chain(Copy::later()) {
        copy.write(&format!("{folder}/src/old.rs"), "//! Nobody needs this.\n");
    }
    for folder in ["lessons/01-counter", "solutions/01-counter"] {
        copy.write(&format!("{folder}/src/old.rs"), "//! Nobody needs this.\n");
    }
    copy.commit();
    for folder in ["lessons/00-item-api", "solutions/00-item-api"] {
        fs::remove_file(copy.path(&format!("{folder}/src/old.rs"))).unwrap();
    }
    copy.merge(&["00", "--write"], 0);
    assert!(copy.files().keys().all(|path| !path.ends_with("old.rs")));
}

#[test]
fn a_todo_comment_in_other_words_changes_nothing_but_the_way() {
    let copy = Copy::new();
    copy.change("lessons/02-gauge/src/track.rs", "the request begins here.", "here the request begins.");
    copy.commit();
    let before = copy.files();
    copy.change("lessons/02-gauge/src/track.rs", "here the request begins.", "this is where the request begins.");
    copy.git(&["commit", "--quiet", "--all", "--message", "Words"]);
    let says = copy.merge(&["02", "--base", "HEAD~2", "--write"], 0);
    let after = copy.files();
    let changed: Vec<_> =
        after.iter().filter(|(path, text)| before.get(*path) != Some(text)).map(|(path, _)| path).collect();
    let expected = [
        "lessons/02-gauge/src/track.rs",
        "shared/course/steps/02-gauge.toml",
        "shared/lab/originals/02-gauge/src/track.rs",
        "shared/lab/originals.txt",
    ];
    assert_eq!(changed, expected.map(Path::new), "{says}");
    copy.assert_sound();
}

#[test]
fn code_of_a_starter_that_the_solution_before_it_does_not_have_breaks_a_rule_and_nothing_is_written() {
    let copy = Copy::new();
    copy.change("lessons/01-counter/src/metrics.rs", "What runs:", "What is running:");
    let before = copy.files();
    let says = copy.merge(&["01", "--write"], 1);
    let rule = "Broken: it starts where 00-item-api ends, with TODO comments and nothing else.";
    assert!(says.contains(rule), "{says}");
    assert!(says.contains("Nothing was written."), "{says}");
    assert!(copy.files() == before);
}

#[test]
fn a_text_of_a_lesson_reaches_its_solution_and_back() {
    let copy = Copy::new();
    copy.write("lessons/03-histogram/README.md", copy.read("lessons/03-histogram/README.md") + "\nThat is all.\n");
    let other = copy.read("solutions/04-summary/lesson.toml");
    copy.write("solutions/03-histogram/lesson.toml", copy.read("solutions/03-histogram/lesson.toml") + "# Checked.\n");
    copy.merge(&["03", "--write"], 0);
    assert_eq!(copy.read("solutions/03-histogram/README.md"), copy.read("lessons/03-histogram/README.md"));
    assert!(copy.read("lessons/03-histogram/lesson.toml").ends_with("# Checked.\n"));
    assert_eq!(copy.read("solutions/04-summary/lesson.toml"), other);
    copy.assert_sound();
}

#[test]
fn at_a_conflict_it_stops_and_goes_on_once_that_is_resolved() {
    let copy = with_a_conflict();
    let last = copy.read("solutions/04-summary/src/track.rs");
    let says = copy.merge(&["01", "--write"], 1);
    assert!(says.contains("✗ solutions/03-histogram: conflict in 1 file"), "{says}");
    assert!(says.contains("lessons/04-summary: waits for the conflicts above"), "{says}");
    assert!(copy.read("solutions/02-gauge/src/track.rs").contains("/// Every answer is a number in here."));
    assert!(copy.read(CONFLICT).contains("<<<<<<< solutions/03-histogram/src/track.rs\n"));
    assert_eq!(copy.read("solutions/04-summary/src/track.rs"), last);

    let says = copy.merge(&["--continue"], 3);
    assert!(says.contains(&format!("| {CONFLICT}:")), "{says}");
    let says = copy.propagate(&["01"]);
    assert!(stderr(&says).contains("the change of 01-counter is still on its way"), "{}", stderr(&says));

    copy.change(
        CONFLICT,
        "/// Counts and times each answer. A panic",
        "/// Every answer is a number and a time. A panic",
    );
    resolve(&copy, CONFLICT);
    copy.merge(&["--continue"], 0);
    for folder in ["lessons/04-summary", "solutions/04-summary"] {
        assert!(
            copy.read(&format!("{folder}/src/track.rs")).contains("/// Every answer is a number and a time."),
            "{folder}"
        );
    }
    assert!(!copy.path(".lab/propagate").exists());
    copy.assert_sound();
}

#[test]
fn a_conflict_can_be_given_up_and_what_was_resolved_is_kept() {
    let copy = with_a_conflict();
    let before = copy.files();
    copy.merge(&["01", "--write"], 1);
    copy.change(CONFLICT, "Counts and times each answer.", "Every answer is a number and a time.");
    resolve(&copy, CONFLICT);
    let resolved = copy.read(CONFLICT);
    let says = stdout(&copy.propagate(&["--abort"]));
    assert!(says.contains("All files are as they were"), "{says}");
    assert!(copy.files() == before);
    let kept = WalkDir::new(copy.path(".lab/propagate-undone")).into_iter().map(Result::unwrap);
    let kept: Vec<_> = kept.filter(|entry| entry.file_type().is_file()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read_to_string(kept[0].path()).unwrap(), resolved);
}

#[cfg(unix)]
#[test]
fn whenever_it_is_killed_it_can_be_ended_or_taken_back() {
    let copy = with_another_comment();
    let before = copy.files();
    copy.merge(&["01", "--write"], 0);
    let after = copy.files();
    assert!(before != after);
    let mut interrupted = 0;
    for round in 0..8 {
        for (path, content) in &before {
            if after.get(path) != Some(content) {
                copy.write(path.to_str().unwrap(), content);
            }
        }
        kill_after(&copy, round / 2);
        if !copy.path(".lab/propagate/state.toml").exists() {
            // Before the first file, or after the last one.
            let now = copy.files();
            assert!(now == before || now == after, "round {round}");
            continue;
        }
        interrupted += 1;
        let (arguments, expected) = if round % 2 == 0 { ("--continue", &after) } else { ("--abort", &before) };
        let output = copy.propagate(&[arguments]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(differing(&copy.files(), expected), Vec::<PathBuf>::new(), "{arguments} in round {round}");
        assert!(!copy.path(".lab/propagate/state.toml").exists());
    }
    assert!(interrupted > 0, "it was never killed while it wrote");
}

/// The files that are not the same.
#[cfg(unix)]
fn differing(one: &Files, other: &Files) -> Vec<PathBuf> {
    let paths = one.keys().chain(other.keys()).filter(|path| one.get(*path) != other.get(*path));
    paths.cloned().collect()
}

/// Kills it with the signal that nobody can handle, once it has written so many files.
#[cfg(unix)]
fn kill_after(copy: &Copy, files: usize) {
    let started = |path: &str| fs::metadata(copy.path(path)).and_then(|metadata| metadata.modified()).ok();
    let written: Vec<_> = Copy::later().map(|folder| format!("{folder}/src/metrics.rs")).collect();
    let times: Vec<_> = written.iter().map(|path| started(path)).collect();
    let mut command = copy.instructor(&["propagate", "01", "--write", "--no-check"]);
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        let has_begun = copy.path(".lab/propagate/state.toml").exists();
        let count = written.iter().zip(&times).filter(|(path, time)| started(path) != **time).count();
        if has_begun && count >= files.min(written.len()) {
            break;
        }
        // Far less than it takes to write a file.
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn what_is_not_committed_elsewhere_is_not_written_over() {
    let copy = with_another_comment();
    copy.change("solutions/03-histogram/src/metrics.rs", "//! The metrics of the shop", "//! All metrics of the shop");
    let before = copy.files();
    let says = copy.merge(&["01", "--write"], 3);
    assert!(says.contains("| solutions/03-histogram/src/metrics.rs\n"), "{says}");
    assert!(says.contains("Commit or stash"), "{says}");
    assert!(copy.files() == before);
}

#[test]
fn what_is_not_committed_elsewhere_is_no_hindrance_where_nothing_is_written() {
    let copy = with_another_comment();
    copy.write("notes.txt", "Mine.\n");
    copy.merge(&["01", "--write"], 0);
    assert_eq!(copy.read("notes.txt"), "Mine.\n");
}

#[test]
fn a_file_that_is_saved_while_it_was_interrupted_is_not_lost() {
    let copy = with_a_conflict();
    copy.merge(&["01", "--write"], 1);
    copy.write("solutions/02-gauge/src/track.rs", "//! Begun anew.\n");
    assert_eq!(copy.propagate(&["--abort"]).status.code(), Some(0));
    let kept = WalkDir::new(copy.path(".lab/propagate-undone")).into_iter().map(Result::unwrap);
    let kept: Vec<_> = kept.filter(|entry| entry.path().ends_with("solutions/02-gauge/src/track.rs")).collect();
    assert_eq!(fs::read_to_string(kept[0].path()).unwrap(), "//! Begun anew.\n");
}

#[test]
fn without_a_change_it_says_where_there_is_one() {
    let copy = Copy::new();
    let says = copy.merge(&["02"], 2);
    assert!(says.contains("nothing has changed in 02-gauge since the last commit"), "{says}");
    copy.change("solutions/04-summary/src/metrics.rs", "//! The metrics", "//! All metrics");
    let says = copy.merge(&["02"], 2);
    assert!(says.contains("These have changed: 04-summary."), "{says}");
}

#[test]
fn what_is_typed_wrongly_is_explained() {
    let copy = Copy::new();
    for (arguments, expected) in [
        (&["9"][..], "there is no lesson `9`"),
        (&["01", "--base", "nowhere"], "there is no commit `nowhere`"),
        (&["--continue"], "no `cargo lab propagate` is under way"),
        (&["--abort"], "no `cargo lab propagate` is under way"),
        (&[], "<LESSON>"),
    ] {
        let output = copy.propagate(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

#[test]
fn a_second_one_has_to_wait() {
    let copy = with_another_comment();
    copy.write(".lab/propagate.lock", "");
    let lock = fs::File::options().append(true).open(copy.path(".lab/propagate.lock")).unwrap();
    lock.lock().unwrap();
    let says = copy.merge(&["01"], 3);
    assert!(says.contains("another `cargo lab propagate` runs in this copy of the course"), "{says}");
}

#[test]
fn without_git_it_says_where_to_get_it() {
    let copy = with_another_comment();
    let output = copy.instructor(&["propagate", "01"]).env("PATH", copy.path("nowhere")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("Install git (https://git-scm.com/downloads)"), "{}", stderr(&output));
}

#[test]
fn in_the_middle_of_a_merge_it_waits_until_that_is_committed() {
    let copy = with_another_comment();
    copy.git(&["checkout", "--quiet", "-b", "other"]);
    copy.write("notes.txt", "Mine.\n");
    copy.git(&["add", "notes.txt"]);
    copy.git(&["commit", "--quiet", "--message", "Notes", "notes.txt"]);
    copy.git(&["checkout", "--quiet", "-"]);
    copy.git(&["merge", "--quiet", "--no-ff", "--no-commit", "other"]);
    let says = copy.merge(&["01"], 3);
    assert!(says.contains("git is in the middle of something: MERGE_HEAD"), "{says}");
    copy.git(&["commit", "--quiet", "--message", "Merge"]);
    copy.merge(&["01"], 0);
}

#[test]
fn without_a_branch_it_works_as_well() {
    let copy = with_another_comment();
    copy.git(&["checkout", "--quiet", "--detach"]);
    copy.merge(&["01", "--write"], 0);
    copy.assert_sound();
}

#[cfg(unix)]
#[test]
fn interrupted_while_it_builds_it_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let copy = with_another_comment();
    let fake = tempfile::tempdir().unwrap();
    let [cargo, started] = ["cargo", "started"].map(|name| fake.path().join(name));
    let script =
        "#!/bin/sh\ncase \"$1\" in metadata) exec \"$REAL\" \"$@\";; esac\necho $$ > \"$STARTED\"\nexec sleep 600\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let before = copy.files();
    let mut command = copy.instructor(&["propagate", "01", "--write"]);
    command
        .env("CARGO_TARGET_DIR", fake.path())
        .env("CARGO", &cargo)
        .env("REAL", env!("CARGO"))
        .env("STARTED", &started);
    let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    while fs::read_to_string(&started).unwrap_or_default().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(stdout(&output).ends_with("Interrupted. Nothing was written.\n"), "{}", stdout(&output));
    assert!(copy.files() == before);
    assert_eq!(copy.git(&["worktree", "list"]).lines().count(), 1);
    assert!(!copy.path(".lab/propagate-worktree").exists());
    let builder = fs::read_to_string(&started).unwrap();
    let is_there = || Command::new("kill").args(["-0", builder.trim()]).output().unwrap().status.success();
    for _ in 0..100 {
        if !is_there() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the build goes on");
}

#[test]
fn a_copy_without_git_is_said_to_have_no_committed_state() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path(".git")).unwrap();
    let mut command = copy.instructor(&["propagate", "01"]);
    let output = command.env("GIT_CEILING_DIRECTORIES", copy.path("..")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("This takes a clone of the course"), "{}", stderr(&output));
}

/// The only one that builds.
#[test]
fn a_bucket_that_is_new_changes_the_snapshots_and_every_stage_is_built_and_judged() {
    let copy = Copy::new();
    let view = "solutions/06-pushgateway/tests/snapshots/checks__prometheus.snap";
    let expected = copy.read(view);
    for folder in ["lessons", "solutions"] {
        copy.change(&view.replace("solutions", folder), "push_time_seconds", "push_seconds");
    }
    copy.commit();
    // So that lesson 06 is judged, too.
    for folder in ["lessons/06-pushgateway", "solutions/06-pushgateway"] {
        copy.write(&format!("{folder}/README.md"), copy.read(&format!("{folder}/README.md")) + "\nThat is all.\n");
    }
    let metrics = "solutions/03-histogram/src/metrics.rs";
    copy.change(
        metrics,
        "[f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5,",
        "[f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.4, 0.5,",
    );
    let says = copy.merge(&["03", "--write"], 1);
    assert!(says.contains("✗ shared/course: conflict in 4 files"), "{says}");
    copy.resolve_all();

    let target = Path::new(env!("CARGO_BIN_EXE_instructor")).ancestors().nth(2).unwrap();
    let mut command = copy.instructor(&["propagate", "--continue"]);
    let output = command.env("CARGO_TARGET_DIR", target).output().unwrap();
    let says = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{says}");
    for expected in [
        "✓ lessons/03-histogram: its starter fails the checks of its steps",
        "! solutions/03-histogram: snapshot changed",
        "✓ lessons/04-summary: its starter fails the checks of its steps",
        "! solutions/04-summary: snapshot changed",
    ] {
        assert!(says.contains(expected), "{expected}\n\n{says}");
    }
    for folder in ["lessons/03-histogram", "solutions/03-histogram", "lessons/04-summary", "solutions/04-summary"] {
        let snapshot = copy.read(&format!("{folder}/tests/snapshots/checks__metrics.snap"));
        assert!(snapshot.contains("le=\"0.4\""), "{folder}");
    }
    // Where its servers are not installed, it says so.
    if !says.contains("06-pushgateway: not judged") && !says.contains("checks__prometheus.snap: not judged") {
        assert_eq!(copy.read(view), expected);
    }
    copy.assert_sound();
}
