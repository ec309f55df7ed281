//! `cargo lab diff`, run as an instructor or a student runs it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use checks::ports::free_port;
use tempfile::TempDir;
use walkdir::WalkDir;

const PAGE: &str = "# HELP a_total A.\n# TYPE a_total counter\na_total{path=\"/\"} 1\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn diff(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
    command.arg("diff").args(arguments).current_dir(root()).env_remove("COLUMNS");
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a student sent: the solution of a lesson, which one may change.
struct Sent(TempDir);

impl Sent {
    fn new(lesson: &str) -> Self {
        let sent = Self(tempfile::tempdir().unwrap());
        let solution = root().join("solutions").join(lesson);
        for entry in WalkDir::new(&solution).into_iter().map(Result::unwrap) {
            let path = sent.path(entry.path().strip_prefix(&solution).unwrap().to_str().unwrap());
            match entry.file_type().is_dir() {
                true => fs::create_dir_all(path).unwrap(),
                false => drop(fs::copy(entry.path(), path).unwrap()),
            }
        }
        sent
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        fs::write(self.path(path), text.replace(from, to)).unwrap();
    }

    fn diff(&self, lesson: &str, arguments: &[&str]) -> Output {
        let student = self.0.path().to_str().unwrap();
        diff(&[&[lesson, "--student", student], arguments].concat())
    }
}

/// Two files with a page each.
fn two_pages(one: &str, other: &str) -> (TempDir, [String; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let paths = [("one", one), ("other", other)].map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    (folder, paths)
}

#[test]
fn a_solution_differs_in_nothing_from_itself_and_its_mistakes_are_told() {
    let sent = Sent::new("01-counter");
    let same = sent.diff("01", &[]);
    assert_eq!(code(&same), 0, "{}{}", stdout(&same), stderr(&same));
    assert!(stdout(&same).contains("The code is the same.\n\nThe pages say the same.\n"), "{}", stdout(&same));

    sent.replace("src/metrics.rs", "\"status_code\"", "\"status\"");
    sent.replace(
        "src/track.rs",
        "MatchedPath::as_str);",
        "MatchedPath::as_str);\n    let path = if path == \"/live\" { \"/alive\" } else { path };",
    );
    let output = sent.diff("01", &["--format", "html"]);
    let page = stdout(&output);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    for says in [
        "the label <code>status</code> instead of <code>status_code</code>",
        "the student has <code>/alive</code> as <code>path</code> where the solution has <code>/live</code>",
        "src/track.rs",
    ] {
        assert!(page.contains(says), "{says} in {page}");
    }

    sent.replace("src/track.rs", "let path = if", "let path = of");
    let broken = sent.diff("01", &[]);
    assert_eq!(code(&broken), 3);
    assert!(stdout(&broken).contains("-     let path = of"), "{}", stdout(&broken));
    assert!(stderr(&broken).contains("src/track.rs"), "{}", stderr(&broken));
    assert!(stderr(&broken).contains("the student does not compile"), "{}", stderr(&broken));

    fs::write(sent.path("src/main.rs"), "fn main() {\n    panic!(\"no \\u{1b}[2J luck\");\n}\n").unwrap();
    sent.replace("src/track.rs", "let path = of", "let path = if");
    let ended = sent.diff("01", &[]);
    assert_eq!(code(&ended), 3);
    assert!(stdout(&ended).contains("+ use anyhow::Result;"), "{}", stdout(&ended));
    assert!(stderr(&ended).contains("the student: the program ends as soon as it starts"), "{}", stderr(&ended));
    assert!(stderr(&ended).contains("no \u{241b}[2J luck"), "{}", stderr(&ended));
}

#[test]
fn a_server_that_is_not_there_is_nobodys_fault_and_the_code_is_compared() {
    let sent = Sent::new("05-postgres-exporter");
    sent.replace("src/main.rs", "//! ", "//! Mine: ");
    let student = sent.0.path().to_str().unwrap();
    let url = format!("postgres://shop:topsecret@127.0.0.1:{}/shop", free_port().unwrap());
    let output = command(&["05", "--student", student]).env("LAB_POSTGRES_URL", url).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stdout(&output).contains("- //! Mine: "), "{}", stdout(&output));
    let text = stderr(&output).replace("\n       ", " ");
    assert!(text.contains("error: cannot make a database for the checks"), "{text}");
    assert!(text.contains("So the pages were not compared.") && !text.contains("topsecret"), "{text}");
}

#[test]
fn the_code_is_compared_line_by_line_whatever_the_crate_is_called() {
    let sent = Sent::new("03-histogram");
    sent.replace("Cargo.toml", "solution-03-histogram", "shop-of-mine");
    sent.replace("src/main.rs", "solution_03_histogram", "shop_of_mine");
    sent.replace("src/metrics.rs", "0.005, 0.01", "5.0, 0.01");
    let output = sent.diff("03", &["--no-pages"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("- const LATENCY_BUCKETS: [f64; 10] = [5.0, 0.01"), "{text}");
    assert!(text.contains("+ const LATENCY_BUCKETS: [f64; 10] = [0.005, 0.01"), "{text}");
    assert!(text.contains("1 file differs: -1 the student +1 the solution (lines)"), "{text}");
}

#[test]
fn two_columns_are_as_wide_as_the_terminal() {
    let sent = Sent::new("03-histogram");
    sent.replace("src/metrics.rs", "0.005, 0.01", "5.0, 0.01");
    let student = sent.0.path().to_str().unwrap();
    let mut command = command(&["03", "--student", student, "--no-pages", "--format", "side"]);
    let text = stdout(&command.env("COLUMNS", "100").output().unwrap());
    let rows: Vec<_> = text.lines().filter(|line| line.contains(" | ")).collect();
    assert!(!rows.is_empty(), "{text}");
    assert!(rows.iter().all(|row| row.chars().count() <= 100), "{text}");
    assert!(rows[0].contains("= [5.0") || rows[1].contains("5.0"), "{text}");
}

#[test]
fn a_file_that_one_side_has_alone_is_shown_and_a_link_is_left_alone() {
    let sent = Sent::new("03-histogram");
    fs::write(sent.path("src/more.rs"), "fn more() {}\n").unwrap();
    fs::remove_file(sent.path("src/system.rs")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", sent.path("src/link.rs")).unwrap();
    let text = stdout(&sent.diff("03", &["--no-pages"]));
    assert!(text.contains("src/more.rs  (only the student has it)"), "{text}");
    assert!(text.contains("src/system.rs  (the student lacks it)"), "{text}");
    assert!(!text.contains("link.rs"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_folder_of_a_student_that_is_a_link_is_not_followed() {
    use std::os::unix::fs::symlink;

    let sent = Sent::new("03-histogram");
    fs::rename(sent.path("src"), sent.path("elsewhere")).unwrap();
    symlink("elsewhere", sent.path("src")).unwrap();
    let output = sent.diff("03", &["--no-pages"]);
    assert_eq!(code(&output), 2, "{}", stdout(&output));
    assert!(stderr(&output).contains("is neither a copy of the course nor a crate"), "{}", stderr(&output));

    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("lessons")).unwrap();
    symlink(root().join("solutions/03-histogram"), copy.path().join("lessons/03-histogram")).unwrap();
    let output = diff(&["03", "--no-pages", "--student", copy.path().to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", stdout(&output));
}

#[test]
fn what_a_student_wrote_reaches_no_terminal_and_no_page_raw() {
    let sent = Sent::new("03-histogram");
    let evil = "// \u{1b}[2J\u{202e} <script>alert(1)</script> \u{7}\n";
    fs::write(sent.path("src/evil.rs"), evil).unwrap();
    for format in ["unified", "side", "html"] {
        let text = stdout(&sent.diff("03", &["--no-pages", "--format", format]));
        assert!(text.contains("evil.rs"), "{text}");
        for raw in ["\u{1b}", "\u{202e}", "\u{7}"] {
            assert!(!text.contains(raw), "{format} has {raw:?}");
        }
        assert!(format != "html" || !text.contains("<script"), "{text}");
    }
}

#[test]
fn a_step_is_compared_with_the_code_after_it() {
    let first = stdout(&diff(&["03", "--step", "1", "--no-pages"]));
    assert!(first.contains("the code after step 1"), "{first}");
    let output = diff(&["03", "--step", "9"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("lesson 03 has 5 steps, and no step 9"), "{}", stderr(&output));
    assert!(stderr(&output).contains("3  Observe every outcome, panics included"), "{}", stderr(&output));
}

#[test]
fn a_solution_is_the_code_after_the_last_step() {
    let output = Sent::new("03-histogram").diff("03", &["--step", "5", "--no-pages"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
}

#[test]
fn two_pages_are_compared_by_meaning() {
    let (_folder, [one, other]) = two_pages(PAGE, &PAGE.replace("counter", "gauge").replace("path", "route"));
    let output = diff(&["--pages", &one, &other]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("the same name, but the first is a counter instead of a gauge"), "{text}");
    assert!(text.contains("the label `path` instead of `route`"), "{text}");
    assert!(text.contains("1 metric differs"), "{text}");
}

#[test]
fn large_pages_of_different_programs_are_compared_in_seconds() {
    let page = |name: &str| (0..5000).map(|number| format!("{name}_{number} 1\n")).collect::<String>();
    let (_folder, [one, other]) = two_pages(&page("some_metric_of_one"), &page("any_measure_of_other"));
    let start = Instant::now();
    let output = diff(&["--pages", &one, &other]);
    assert!(stdout(&output).ends_with("\n10000 metrics differ\n"), "{}", stderr(&output));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_page_may_come_from_standard_input() {
    let (_folder, [one, _]) = two_pages(PAGE, "");
    let mut child = command(&["--pages", "-", &one]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PAGE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stdout(&output).contains("The pages say the same.")), (0, true));
}

#[test]
fn escape_codes_of_a_page_do_not_reach_the_terminal() {
    let (_folder, [one, other]) =
        two_pages(&PAGE.replace("\"/\"", "\"\u{1b}[31m\""), &PAGE.replace("1\n", "1\na_total 2\n"));
    let text = stdout(&diff(&["--pages", &one, &other]));
    assert!(text.contains('\u{241b}') && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_page_that_cannot_be_read_is_no_difference() {
    let (_folder, [one, other]) = two_pages(PAGE, "a_total{ 1\n");
    let output = diff(&["--pages", &one, &other]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("line 1"), "{}", stderr(&output));
}

#[test]
fn the_html_goes_to_a_file_that_holds_no_other_work() {
    let (folder, [one, other]) = two_pages(PAGE, PAGE);
    let page = folder.path().join("page.html");
    let arguments = ["--pages", &one, &other, "--format", "html", "--output", page.to_str().unwrap()];
    assert_eq!(code(&diff(&arguments)), 0);
    assert_eq!(code(&diff(&arguments)), 0, "an earlier page of its own may be replaced");
    fs::write(&page, "my work").unwrap();
    assert_eq!(code(&diff(&arguments)), 2);
    assert_eq!(fs::read_to_string(&page).unwrap(), "my work");
}

#[track_caller]
fn assert_refused(arguments: &[&str], says: &str) {
    let output = diff(arguments);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains(says), "{}", stderr(&output));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    assert_refused(&["9"], "there is no lesson `9`");
    assert_refused(&[], "<LESSON>");
    assert_refused(&["03", "--student", empty], "is neither a copy of the course nor a crate");
    assert_refused(&["03", "--student", "/no/such/folder"], "is not there");
    assert_refused(&["03", "--starter", "--step", "1"], "cannot be used with");
    assert_refused(&["03", "--pages", "a", "b"], "cannot be used with");
    assert_refused(&["--pages", "-", "-"], "standard input holds one page");
    assert_refused(&["--pages", "a", "b", "--format", "side"], "in words");
    assert_refused(&["03", "--output", "a.html"], "--output takes the HTML");
    assert_refused(&["03", "--output", "/no/such/a.html", "--format", "html"], "there is no folder /no/such");
    assert_refused(&["03", "--step", "-1"], "invalid value '-1' for '--step <N>'");
}
