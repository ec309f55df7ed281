//! `cargo lab verify`, run as an instructor runs it, in copies of the course.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use instructor::lines;
use lab::course::{Course, Lesson};
use tempfile::TempDir;

use support::{stderr, stdout, tracked};

/// A copy of all that the rules are about, with the lessons as they were handed out.
struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let course = Course::of(&root).unwrap();
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        for lesson in course.lessons() {
            for path in course.originals().files(lesson) {
                copy.write(path, &course.originals().content(&root, path).unwrap());
            }
        }
        for path in tracked(&root).into_iter().filter(|path| !path.starts_with("lessons/")) {
            copy.write(&path, &fs::read(root.join(&path)).unwrap());
        }
        let git = Command::new("git").args(["init", "--quiet"]).current_dir(copy.folder.path()).status();
        assert!(git.unwrap().success());
        copy
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let content = fs::read_to_string(self.path(path)).unwrap();
        self.write(path, format!("{content}{text}").as_bytes());
    }

    /// The first column of `git diff --numstat`, from a lesson's starter to its solution.
    fn added_by_git(&self, lesson: &Lesson) -> usize {
        let mut git = Command::new("git");
        git.args(["diff", "--no-index", "--no-renames", "--numstat"]).current_dir(self.folder.path());
        git.args(["lessons", "solutions"].map(|folder| format!("{folder}/{}/src", lesson.name())));
        let numbers = stdout(&git.output().unwrap());
        numbers.lines().map(|line| line.split('\t').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    /// Without the programs: to build those of a copy takes minutes.
    fn verify(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.args(["verify", "--no-run"]).args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    #[track_caller]
    fn assert_sound(&self, arguments: &[&str]) {
        let output = self.verify(arguments);
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    }

    /// Each is named on the screen, and the exit code says that something is wrong.
    #[track_caller]
    fn assert_faults(&self, arguments: &[&str], faults: &[&str]) {
        let output = self.verify(arguments);
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        for fault in faults {
            assert!(shown.contains(fault), "{fault}\n\n{shown}");
        }
    }
}

#[test]
fn a_course_that_is_sound_is_a_line_for_each_lesson() {
    let output = Copy::new().verify(&[]);
    // The numbers themselves are in docs/src/measurements.md, and proved there.
    insta::with_settings!({ filters => [(r"\d+ lines", "[N] lines")] }, { insta::assert_snapshot!(stdout(&output)) });
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn one_lesson_is_looked_at_alone() {
    let copy = Copy::new();
    copy.append("solutions/01-counter/src/api.rs", "// TODO: more.\n");
    copy.assert_sound(&["03"]);
    assert_eq!(copy.verify(&["counter"]).status.code(), Some(1));
}

#[test]
fn a_solution_that_has_changed_is_at_odds_with_its_steps_and_with_the_next_starter() {
    let copy = Copy::new();
    copy.append("solutions/02-gauge/src/api.rs", "// Something new.\n");
    copy.assert_faults(
        &[],
        &[
            "✗ 02-gauge: 1 of 18 rules broken",
            "Broken: its steps lead from the starter to the solution.",
            "✗ 03-histogram: 1 of 18 rules broken",
            "| -// Something new.",
            "✓ 04-summary",
        ],
    );
}

#[test]
fn a_solution_with_something_left_to_do_is_named() {
    let copy = Copy::new();
    copy.append("solutions/05-postgres-exporter/src/query.rs", "// TODO: more.\n");
    copy.assert_faults(&[], &["solutions/05-postgres-exporter/src/query.rs has a TODO"]);
}

#[test]
fn a_file_that_one_side_lacks_is_named() {
    let copy = Copy::new();
    copy.write("solutions/06-pushgateway/src/more.rs", b"//! More.\n");
    copy.assert_faults(&["6"], &["only solutions/06-pushgateway has src/more.rs"]);
}

#[test]
fn a_text_that_differs_is_shown_with_the_difference() {
    let copy = Copy::new();
    copy.append("solutions/00-item-api/README.md", "One sentence more.\n");
    copy.assert_faults(&["0"], &["Broken: its solution has the same README.md.", "| -One sentence more."]);
}

#[test]
fn a_metric_in_the_first_starter_is_shown() {
    let copy = Copy::new();
    copy.append("lessons/00-item-api/src/api.rs", "fn metrics() {}\n");
    copy.assert_faults(&["0"], &["src/api.rs:", "fn metrics() {}"]);
}

#[test]
fn steps_that_cannot_be_read_are_a_fault_like_any_other() {
    let copy = Copy::new();
    copy.write("shared/course/steps/03-histogram.toml", b"[[steps]\n");
    copy.assert_faults(&[], &["shared/course/steps/03-histogram.toml is broken", "✓ 04-summary"]);
}

#[test]
fn a_step_that_does_not_fit_is_named() {
    let copy = Copy::new();
    copy.append("lessons/01-counter/src/metrics.rs", "// TODO: more.\n");
    let metrics = fs::read_to_string(copy.path("lessons/01-counter/src/metrics.rs")).unwrap();
    copy.write("lessons/01-counter/src/metrics.rs", metrics.replace("TODO (step", "TODO (part").as_bytes());
    copy.assert_faults(&["1"], &["of 01-counter does not fit those before it: occurs 0 times in src/metrics.rs"]);
}

#[test]
fn a_list_of_originals_that_is_out_of_date_is_shown_and_can_be_written_again() {
    let copy = Copy::new();
    copy.append("lessons/06-pushgateway/README.md", "\n");
    copy.append("solutions/06-pushgateway/README.md", "\n");
    copy.assert_faults(
        &[],
        &["lessons/06-pushgateway/README.md", "`cargo lab verify --write-originals` takes it as it is now"],
    );
    copy.assert_sound(&["--write-originals"]);
    copy.assert_sound(&[]);
}

#[test]
fn originals_are_not_written_where_a_lesson_is_missing_or_has_what_is_no_text() {
    let missing = Copy::new();
    fs::remove_dir_all(missing.path("lessons/02-gauge")).unwrap();
    let no_text = Copy::new();
    no_text.write("lessons/02-gauge/picture.png", b"\x89PNG\xff");
    for copy in [missing, no_text] {
        let list = fs::read(copy.path("shared/lab/originals.txt")).unwrap();
        assert_eq!(copy.verify(&["--write-originals"]).status.code(), Some(3));
        assert_eq!(fs::read(copy.path("shared/lab/originals.txt")).unwrap(), list);
        assert!(copy.path("shared/lab/originals/02-gauge").is_dir());
    }
}

#[test]
fn a_name_in_any_language_is_listed() {
    let copy = Copy::new();
    copy.write("lessons/02-gauge/lição.md", b"Uma.\n");
    copy.write("solutions/02-gauge/lição.md", b"Uma.\n");
    copy.assert_sound(&["--write-originals"]);
    assert!(fs::read_to_string(copy.path("shared/lab/originals.txt")).unwrap().contains("lessons/02-gauge/lição.md"));
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let output = Copy::new().verify(&["9"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("| 03-histogram"), "{}", stderr(&output));
}

#[test]
fn a_solution_that_is_gone_is_said() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path("solutions/04-summary")).unwrap();
    let output = copy.verify(&["4"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot read solutions/04-summary"), "{}", stderr(&output));
}

#[test]
fn a_content_that_is_set_aside_and_out_of_date_is_named_and_can_be_written_again() {
    let copy = Copy::new();
    copy.append("shared/lab/originals/01-counter/src/lib.rs", "// Of yesterday.\n");
    copy.write("shared/lab/originals/01-counter/src/gone.rs", b"// Of yesterday.\n");
    fs::remove_file(copy.path("shared/lab/originals/02-gauge/src/lib.rs")).unwrap();
    let outdated = ["01-counter/src/gone.rs", "01-counter/src/lib.rs", "02-gauge/src/lib.rs"];
    let faults = outdated.map(|path| format!("| shared/lab/originals/{path} is not what the lesson has"));
    copy.assert_faults(&["0"], &faults.each_ref().map(String::as_str));
    copy.assert_sound(&["--write-originals"]);
    assert!(!copy.path("shared/lab/originals/01-counter/src/gone.rs").exists());
}

#[test]
fn a_file_that_the_solution_does_not_share_any_more_has_to_be_set_aside() {
    let copy = Copy::new();
    copy.append("solutions/05-postgres-exporter/src/query.rs", "// Something new.\n");
    copy.assert_faults(&["0"], &["shared/lab/originals/05-postgres-exporter/src/query.rs is not what the lesson has"]);
}

#[test]
fn without_git_the_lessons_are_looked_at_and_the_originals_are_said_to_need_it() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path(".git")).unwrap();
    for arguments in [&["verify", "--no-run"][..], &["verify", "--no-run", "--write-originals"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
        command.args(arguments).current_dir(copy.path("")).env("GIT_CEILING_DIRECTORIES", copy.path(".."));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
        assert_eq!(stdout(&output).contains("✓ 06-pushgateway: sound"), arguments.len() == 2);
        assert!(stderr(&output).contains("error: the originals of the lessons cannot be looked at"));
        assert!(stderr(&output).contains("not a git repository"), "{}", stderr(&output));
        assert!(stderr(&output).contains("this takes a clone of the course"), "{}", stderr(&output));
    }
}

#[test]
fn the_lines_to_write_are_those_that_git_counts() {
    let copy = Copy::new();
    let course = Course::of(copy.folder.path()).unwrap();
    for lesson in course.lessons() {
        assert_eq!(lines::added(&course, lesson).unwrap(), copy.added_by_git(lesson), "{}", lesson.name());
    }
}

#[test]
fn all_lines_of_a_file_that_the_starter_lacks_are_to_be_written() {
    let copy = Copy::new();
    let course = Course::of(copy.folder.path()).unwrap();
    let before = lines::added(&course, course.first().unwrap()).unwrap();
    copy.write("solutions/00-item-api/src/more.rs", b"//! More.\n\nfn more() {}\n");
    assert_eq!(lines::added(&course, course.first().unwrap()).unwrap(), before + 3);
}

#[test]
fn a_test_that_names_no_step_is_named() {
    let copy = Copy::new();
    for folder in ["lessons", "solutions"] {
        let path = format!("{folder}/03-histogram/tests/checks.rs");
        let tests = fs::read_to_string(copy.path(&path)).unwrap();
        copy.write(&path, tests.replace("LESSON.check(\"seconds\")", "LESSON.check(\"minutes\")").as_bytes());
    }
    copy.assert_faults(&["3"], &["Broken: its tests are those of its steps.", "latency-histogram, minutes,"]);
}

#[test]
fn a_step_without_a_hint_is_named() {
    let copy = Copy::new();
    for folder in ["lessons", "solutions"] {
        let path = format!("{folder}/06-pushgateway/lesson.toml");
        let manifest = fs::read_to_string(copy.path(&path)).unwrap();
        let (before, rest) = manifest.split_once("hints = [").unwrap();
        let (_, after) = rest.split_once("\n]").unwrap();
        copy.write(&path, format!("{before}hints = []{after}").as_bytes());
    }
    // What is read is the original, as it was handed out.
    copy.assert_faults(&["6", "--write-originals"], &["the step result has no hint"]);
}

#[test]
fn a_step_that_no_todo_comment_names_is_named() {
    let copy = Copy::new();
    let path = "lessons/03-histogram/src/track.rs";
    let code = fs::read_to_string(copy.path(path)).unwrap();
    copy.write(path, code.replace("TODO (steps 1 to 4)", "TODO (steps 1, 3 and 9)").as_bytes());
    copy.assert_faults(
        &["3"],
        &["no TODO comment names step 2, seconds", "a TODO comment names step 9, but there are 5"],
    );
}

#[test]
fn a_promise_without_a_check_is_the_row_to_add() {
    let copy = Copy::new();
    for folder in ["lessons", "solutions"] {
        copy.append(&format!("{folder}/02-gauge/README.md"), "\n## More\n\nThe gauge must be green.\n");
    }
    copy.assert_faults(
        &["2"],
        &["Add this to shared/course/promises/02-gauge.toml", "sentence = '''The gauge must be green.'''"],
    );
}

#[test]
fn a_promise_whose_mistake_is_gone_is_named() {
    let copy = Copy::new();
    let table = fs::read_to_string(copy.path("shared/course/promises/03-histogram.toml")).unwrap();
    let mistake = table.split("mistake = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    fs::remove_file(copy.path(&format!("shared/course/mistakes/03-histogram/{mistake}.toml"))).unwrap();
    copy.assert_faults(&["3"], &[&format!("the catalogue has no mistake `{mistake}`")]);
}

#[test]
fn a_link_that_leads_nowhere_is_named() {
    let copy = Copy::new();
    copy.append("docs/src/load.md", "\n[One](nowhere.md) [two](trial.md#no-such-heading) [three](trial.md#mutants)\n");
    let output = copy.verify(&[]);
    let shown = stdout(&output);
    assert!(shown.contains("docs/src/load.md: the link `nowhere.md` leads to no file"), "{shown}");
    assert!(shown.contains("docs/src/load.md: the link `trial.md#no-such-heading` leads to no heading"), "{shown}");
    assert!(!shown.contains("trial.md#mutants"), "{shown}");
}

#[test]
fn a_command_that_nobody_can_type_is_named() {
    let copy = Copy::new();
    copy.append(
        "README.md",
        "\n```sh\ncargo lab chek 03\ncargo test -p nobody\nif true\n```\n\nTry `cargo lab verify --no-run --fast`.\n",
    );
    copy.assert_faults(
        &[],
        &[
            "unrecognized subcommand 'chek'",
            "there is no package nobody",
            "syntax error",
            "unexpected argument '--fast'",
        ],
    );
}

#[test]
fn a_query_that_prometheus_cannot_read_is_named() {
    let copy = Copy::new();
    copy.append("docs/src/load.md", "\n```promql\nsum(rate(up[1m])\n```\n");
    copy.assert_faults(&[], &["Broken: their queries can be asked.", "sum(rate(up[1m])"]);
}

#[test]
fn a_code_block_that_nobody_can_read_is_named() {
    let copy = Copy::new();
    copy.append(
        "docs/src/load.md",
        "\n```rust\nlet x = ;\n```\n\n```json\n{]\n```\n\n```metrics\nup{ 1\n```\n\n```yaml\na: [\n```\n\n```cobol\nADD 1\n```\n\n```\nx\n```\n",
    );
    let blocks = ["rust", "json", "metrics", "yaml", "cobol", ""].map(|language| format!("a block of {language:?}: "));
    let [rust, json, metrics, yaml, cobol, none] = blocks.each_ref().map(String::as_str);
    copy.assert_faults(&[], &["Broken: their code blocks can be read.", rust, json, metrics, yaml, cobol, none]);
}

#[test]
fn a_metric_that_is_not_of_the_course_is_named() {
    let copy = Copy::new();
    copy.append(
        "docs/src/load.md",
        "\nIt moves `cart_addition_total` and `pg_settings_port`.\n\n```text\nhttp_request_total 1\n```\n",
    );
    let output = copy.verify(&[]);
    let shown = stdout(&output);
    for name in ["cart_addition_total", "http_request_total"] {
        assert!(shown.contains(&format!("docs/src/load.md: there is no metric {name}")), "{shown}");
    }
    assert!(!shown.contains("pg_settings_port"), "{shown}");
}

#[test]
fn a_number_of_lines_that_is_not_in_the_table_is_named() {
    let copy = Copy::new();
    copy.append("solutions/05-postgres-exporter/src/query.rs", "// Something new.\n");
    copy.assert_faults(&[], &["05-postgres-exporter: 143 lines, but docs/src/measurements.md says 142"]);
}

#[test]
fn minutes_that_are_not_in_the_plan_are_named() {
    let copy = Copy::new();
    let path = "docs/src/instructor.md";
    let guide = fs::read_to_string(copy.path(path)).unwrap();
    copy.write(path, guide.replace("| `02-gauge` | 75 |", "| `02-gauge` | 15 |").as_bytes());
    copy.assert_faults(&[], &["docs/src/instructor.md has no row that begins with | `02-gauge` | 75 |"]);
}
