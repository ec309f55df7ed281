//! `cargo lab grade`, run as an instructor runs it, on a class in which some have written what no student should. Each of
//! them may cost its own points and nothing else: so all are judged together, side by side with one who has done all.

#![cfg(target_os = "linux")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use clap::Parser;
use instructor::cli::Cli;
use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const LESSON: &str = "00-item-api";
/// For an endless one; the others take a few seconds.
const TIMEOUT: &str = "60";
const MARK: &str = "\u{1b}]0;taken\u{7}<script>alert(1)</script>";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The files of a lesson that is done.
fn solution() -> BTreeMap<String, String> {
    solution_of(LESSON)
}

fn solution_of(lesson: &str) -> BTreeMap<String, String> {
    let folder = root().join("solutions").join(lesson);
    let number = &lesson[..2];
    let files = WalkDir::new(&folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let files = files.map(|entry| {
        let text = fs::read_to_string(entry.path()).unwrap();
        let text = ["_", "-"].iter().fold(text, |text, dash| {
            text.replace(&format!("solution{dash}{number}"), &format!("lesson{dash}{number}"))
        });
        (entry.path().strip_prefix(&folder).unwrap().to_str().unwrap().to_owned(), text)
    });
    files.collect()
}

/// The same, with a program that does something else before it starts.
fn begins_with(code: &str) -> BTreeMap<String, String> {
    let mut files = solution();
    let main = files.get_mut("src/main.rs").unwrap();
    *main = main.replace("    shop::run(", &format!("    {code}\n    shop::run("));
    files
}

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    write_to(&folder.join(LESSON), files);
}

fn write_to(folder: &Path, files: &BTreeMap<String, String>) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn zip(path: &Path, files: &BTreeMap<String, String>, prefix: &str) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, text) in files {
        archive.start_file(format!("{prefix}{name}"), SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

fn git_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    command.args(["-c", "user.name=A", "-c", "user.email=a@b"]).args(arguments);
    command
}

fn git(folder: &Path, arguments: &[&str]) {
    assert!(git_command(folder, arguments).status().unwrap().success());
}

/// What git says that reads this.
fn git_reading(folder: &Path, arguments: &[&str], input: &str) -> String {
    let mut git = git_command(folder, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = git.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository of a few kilobytes, with ten thousand million files in it.
fn write_bomb(folder: &Path) {
    fs::create_dir(folder).unwrap();
    git(folder, &["init", "--quiet"]);
    let file = git_reading(folder, &["hash-object", "-w", "--stdin"], "fn main() {}");
    let of = |kind: &str, id: &str| (0..10).map(|number| format!("{kind} {id}\t{number}.rs\n")).collect::<String>();
    let mut tree = git_reading(folder, &["mktree"], &of("100644 blob", &file));
    for _ in 0..9 {
        tree = git_reading(folder, &["mktree"], &of("040000 tree", &tree));
    }
    let commit = git_reading(folder, &["commit-tree", &tree], "Done");
    git(folder, &["update-ref", "HEAD", &commit]);
}

/// A class, and what it must not do.
struct Class {
    folder: TempDir,
    /// Where nobody may come through to.
    outside: TcpListener,
    json: Value,
    said: String,
}

impl Class {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outside = TcpListener::bind("127.0.0.1:0").unwrap();
        outside.set_nonblocking(true).unwrap();
        let port = outside.local_addr().unwrap().port();
        write_class(&folder.path().join("class"), folder.path(), port);
        let output = grade(folder.path(), &["--format", "json", "--again"]);
        let said = String::from_utf8(output.stderr).unwrap();
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
        Self { folder, outside, json, said }
    }

    fn student(&self, name: &str) -> &Value {
        let students = self.json["students"].as_array().unwrap();
        students.iter().find(|student| student["name"] == name).unwrap_or_else(|| panic!("{name} is not in the report"))
    }

    #[track_caller]
    fn assert_points(&self, name: &str, points: u64) {
        let student = self.student(name);
        assert_eq!(student["points"], points, "{name}: {student:#}");
    }

    #[track_caller]
    fn assert_says(&self, name: &str, words: &str) {
        let student = self.student(name).to_string();
        assert!(student.contains(words), "{name} lacks {words:?}: {student}");
    }
}

fn grade(folder: &Path, arguments: &[&str]) -> Output {
    grade_command(folder, arguments).output().unwrap()
}

/// Unless other lessons are named, it is about the first one.
fn grade_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_instructor"));
    command.arg("grade").arg(folder.join("class")).args(arguments).current_dir(root());
    for (option, value) in [("--timeout", TIMEOUT), ("--jobs", "2"), ("--lessons", "00")] {
        if !arguments.contains(&option) {
            command.args([option, value]);
        }
    }
    command
}

/// The class is judged once for all tests.
fn class() -> &'static Class {
    static CLASS: OnceLock<Class> = OnceLock::new();
    CLASS.get_or_init(Class::new)
}

fn write_class(class: &Path, outside: &Path, port: u16) {
    let root = root().display().to_string();
    let marker = outside.join("marker").display().to_string();
    let shell =
        |script: &str| format!("let _ = std::process::Command::new(\"sh\").arg(\"-c\").arg(r#\"{script}\"#).status();");
    let reads = |path: &str| {
        format!(
            "if std::fs::read_dir(r\"{path}\").is_err() && std::fs::read(r\"{path}\").is_err() {{ std::process::exit(3) }}"
        )
    };
    let programs = [
        ("endless loop", "loop { std::hint::black_box(()); }".to_owned()),
        ("fork bomb", shell("b() { b | b & }; b")),
        ("fills the disk", shell("cat /dev/zero >/tmp/full; cat /dev/zero >/dev/shm/full; cat /dev/zero >${DATABASE_URL#sqlite:}.full")),
        ("eats memory", "let mut eaten = Vec::new(); loop { eaten.push(vec![1u8; 1 << 20]); std::hint::black_box(&eaten); }".to_owned()),
        ("kills all", shell("kill -9 $PPID; kill -9 -1; kill -9 1")),
        ("exits", "std::process::exit(0);".to_owned()),
        ("made-up report", "println!(\"{{\\\"judged\\\":{{\\\"check\\\":\\\"metrics-page\\\",\\\"outcome\\\":\\\"passed\\\"}}}}\\n\\\"ended\\\"\"); std::process::exit(0);".to_owned()),
        ("reads solutions", reads(&format!("{root}/solutions/{LESSON}/src/lib.rs"))),
        ("reads the grade book", reads(&format!("{root}/.lab/grades"))),
        ("reads the others", reads(&class.display().to_string())),
        ("reads the judge", reads("/judge") + &reads("/tmp/judged/script")),
        ("writes the grade book", format!("if std::fs::write(r\"{root}/.lab/grades/taken\", \"x\").is_err() {{ std::process::exit(3) }}")),
        ("connects", format!("if std::net::TcpStream::connect((\"127.0.0.1\", {port})).is_err() && std::net::TcpStream::connect_timeout(&([1, 1, 1, 1], 80).into(), std::time::Duration::from_secs(2)).is_err() {{ std::process::exit(3) }}")),
        ("writes much", "std::thread::spawn(|| loop { println!(\"{}\", \"much \".repeat(10_000)) });".to_owned()),
        ("escapes", format!("panic!({MARK:?});")),
    ];
    for (name, code) in programs {
        write(&class.join(name), &begins_with(&code));
    }
    let changed = |edit: &dyn Fn(&mut BTreeMap<String, String>)| {
        let mut files = solution();
        edit(&mut files);
        files
    };
    write(&class.join("perfect"), &solution());
    fs::create_dir_all(class.join("empty")).unwrap();
    write(
        &class.join("half"),
        &changed(&|files| {
            let metrics = files.get_mut("src/metrics.rs").unwrap();
            *metrics = metrics.replace(".set(1)", ".set(2)");
        }),
    );
    write(&class.join("no rust"), &changed(&|files| files.get_mut("src/lib.rs").unwrap().push_str("fn {")));
    write(
        &class.join("edits"),
        &changed(&|files| {
            files.insert("tests/checks.rs".into(), String::new());
            files.get_mut("Cargo.toml").unwrap().push_str("\n[features]\nmore = []\n");
            files.insert("lesson.toml".into(), "format = 1\n".into());
            files.insert(
                "build.rs".into(),
                format!("fn main() {{ std::fs::write(r\"{marker}\", \"x\").unwrap(); loop {{}} }}"),
            );
        }),
    );
    write(
        &class.join("endless macro"),
        &changed(&|files| {
            let code = "macro_rules! twice { ($($t:tt)*) => { twice!{ $($t)* $($t)* } } }\ntwice!{ x }\n";
            files.get_mut("src/lib.rs").unwrap().push_str(code);
        }),
    );
    for (name, path) in [
        ("includes", format!("{root}/solutions/{LESSON}/src/lib.rs")),
        ("includes near", format!("../../../solutions/{LESSON}/src/lib.rs")),
    ] {
        let code = format!("pub const STOLEN: &str = include_str!(r\"{path}\");\n");
        write(&class.join(name), &changed(&|files| files.get_mut("src/lib.rs").unwrap().push_str(&code)));
    }
    write(&class.join("links"), &solution());
    fs::remove_file(class.join("links").join(LESSON).join("src/metrics.rs")).unwrap();
    symlink(
        Path::new(&root).join("solutions").join(LESSON).join("src/metrics.rs"),
        class.join("links").join(LESSON).join("src/metrics.rs"),
    )
    .unwrap();
    write(&class.join("no text"), &solution());
    fs::write(class.join("no text").join(LESSON).join("src/api.rs"), b"\xff\xfe").unwrap();
    fs::write(class.join("no text").join(LESSON).join("src").join(OsStr::from_bytes(b"\xff.rs")), b"x").unwrap();
    write(&class.join("=a \"name\" <b>\n..\\up"), &solution());
    let compiled = changed(&|files| _ = files.insert("target/debug/program".into(), " ".repeat(80 << 20)));
    zip(&class.join("zipped.zip"), &compiled, &format!("course-main/lessons/{LESSON}/"));
    zip(&class.join("outside.zip"), &solution(), "../outside/");
    zip(
        &class.join("bomb.zip"),
        &changed(&|files| files.get_mut("src/lib.rs").unwrap().push_str(&" ".repeat(80 << 20))),
        "",
    );
    zip(&class.join("deep.zip"), &solution(), &"a/".repeat(20_000));
    let nested =
        format!("macro_rules! nothing {{ ($($t:tt)*) => {{}} }}\nnothing!{{ {}{} }}\n", "(".repeat(90), ")".repeat(90));
    write(&class.join("nested"), &changed(&|files| files.get_mut("src/lib.rs").unwrap().push_str(&nested)));
    let deeper = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    write(&class.join("nested deeper"), &changed(&|files| _ = files.insert("src/unused.rs".into(), deeper.clone())));
    write_bomb(&class.join("bomb"));
    git(class, &["init", "--quiet", "--bare", "elsewhere"]);
    fs::write(class.join("elsewhere/objects/info/alternates"), format!("{root}/.git/objects\n")).unwrap();
    let [committed, hooked] = ["committed", "hooked"].map(|name| class.join(name));
    for folder in [&committed, &hooked] {
        write(folder, &solution());
        fs::write(folder.join(".gitattributes"), "* filter=evil\n").unwrap();
        git(folder, &["init", "--quiet"]);
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "--message", "Done"]);
    }
    git(&committed, &["bundle", "create", "--quiet", class.join("bundled.bundle").to_str().unwrap(), "HEAD"]);
    for (name, value) in [
        ("filter.evil.clean", "touch"),
        ("filter.evil.smudge", "touch"),
        ("core.fsmonitor", "touch"),
        ("core.pager", "touch"),
    ] {
        git(&hooked, &["config", name, &format!("{value} {marker}")]);
    }
    fs::write(hooked.join(LESSON).join("src/metrics.rs"), "not committed").unwrap();
}

#[test]
fn who_has_done_all_has_all_points_whatever_the_others_do() {
    for name in ["perfect", "zipped.zip", "bundled.bundle", "committed", "edits", "nested", "nested deeper"] {
        class().assert_points(name, 3);
    }
    assert!(class().said.contains("bubblewrap"), "{}", class().said);
}

#[test]
fn who_has_not_has_none() {
    let none = [
        "empty",
        "no rust",
        "hooked",
        "endless macro",
        "endless loop",
        "eats memory",
        "kills all",
        "exits",
        "made-up report",
        "includes",
        "includes near",
        "links",
        "no text",
        "outside.zip",
        "bomb.zip",
        "deep.zip",
        "bomb",
        "elsewhere",
        "escapes",
    ];
    for name in none {
        class().assert_points(name, 0);
    }
}

#[test]
fn nothing_of_the_instructor_is_in_reach() {
    // Each of these exits unless it gets what it wants.
    let greedy = [
        "reads solutions",
        "reads the grade book",
        "reads the others",
        "reads the judge",
        "writes the grade book",
        "connects",
    ];
    for name in greedy {
        class().assert_points(name, 0);
        class().assert_says(name, "exit status: 3");
    }
    assert!(class().outside.accept().is_err(), "somebody came through");
    assert!(!root().join(".lab/grades/taken").exists());
    assert!(!class().folder.path().join("marker").exists(), "a hook, a filter or a build script has run");
}

#[test]
fn what_takes_too_much_is_stopped_and_the_report_says_so() {
    class().assert_says("eats memory", "ends as soon as it starts");
    class().assert_says("endless loop", "takes no connection");
    class().assert_says("endless macro", "compile");
    class().assert_says("bomb.zip", "unpacks to much more than it should");
    class().assert_says("deep.zip", "more than 64 folders");
    class().assert_says("bomb", "more in it than a course");
    class().assert_says("elsewhere", "takes its objects from elsewhere");
}

#[test]
fn what_is_compiled_without_end_is_stopped() {
    let mut files = solution();
    let endless = "#![allow(long_running_const_eval)]\npub const ENDLESS: () = loop {};\n";
    let library = files.get_mut("src/lib.rs").unwrap();
    *library = format!("{endless}{}", library.replace("#![doc", "//"));
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("class/endless"), &files);
    let output = grade(folder.path(), &["--timeout", "8"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("It was stopped after 8 seconds, while it was built."), "{said}");
    assert_eq!(output.status.code(), Some(0), "it was judged: it is worth nothing");
}

#[test]
fn a_run_that_is_broken_off_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in ["ann", "ben"].into_iter().enumerate() {
        let mut files = solution();
        // Nobody has handed in the same before.
        let own = format!("\n// {number} {}\n", folder.path().display());
        files.get_mut("src/lib.rs").unwrap().push_str(&own);
        write(&folder.path().join("class").join(name), &files);
    }
    let mut first = grade_command(folder.path(), &["--jobs", "1"]).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(first.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.into_iter().any(|line| line.starts_with("ann: 00-item-api: 3 of 3 checks pass")));
    first.kill().unwrap();
    first.wait().unwrap();
    let output = grade(folder.path(), &["--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let known = |index: usize| &json["students"][index]["lessons"][0]["judged_before"];
    assert!(known(0).is_string() && known(1).is_null(), "{json:#}");
    assert_eq!(json["students"][1]["points"], 3);
}

#[test]
fn without_a_sandbox_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("class/perfect"), &solution());
    let output = grade(folder.path(), &["--no-sandbox"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("3 of 3") && said.contains("none: what students wrote could do all that you can"), "{said}");
}

#[test]
fn later_lessons_are_judged_in_the_sandbox_too() {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path().join("class/ann/lessons");
    for name in ["01-counter", "04-summary"] {
        write_to(&course.join(name), &solution_of(name));
    }
    let output = grade(folder.path(), &["--lessons", "01,04", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["students"][0]["points"], json["students"][0]["of"], "{json:#}");
}

#[test]
fn half_of_it_is_worth_a_part_and_its_first_mistake_is_explained() {
    let half = class().student("half");
    let points = half["points"].as_u64().unwrap();
    assert!((1..=2).contains(&points), "{half:#}");
    let steps = half["lessons"][0]["steps"].as_array().unwrap();
    let failed = steps.iter().find(|step| step["status"] == "failed").unwrap();
    assert_eq!(failed["check"], "app-info");
    assert!(!failed["explanation"]["why"].as_str().unwrap().is_empty());
}

#[test]
fn what_is_not_used_is_named() {
    for words in
        ["tests/checks.rs was changed", "Cargo.toml was changed", "lesson.toml was changed", "build.rs is no part"]
    {
        class().assert_says("edits", words);
    }
    class().assert_says("links", "metrics.rs is left out: it is a link");
    class().assert_says("outside.zip", "would unpack outside");
    class().assert_says("hooked", "not committed, and judged as it lies there: 00-item-api/src/metrics.rs");
    assert!(!class().student("committed").to_string().contains("not committed"));
    class().assert_says("empty", "it is empty");
}

#[test]
fn the_id_of_a_submission_is_gits() {
    let mut git = Command::new("git");
    git.args(["rev-parse", "HEAD^{tree}"]).current_dir(class().folder.path().join("class/committed"));
    let id = String::from_utf8(git.output().unwrap().stdout).unwrap();
    for name in ["committed", "bundled.bundle"] {
        assert_eq!(class().student(name)["tree"], id.trim());
    }
}

#[test]
fn each_format_is_harmless_and_known_results_are_not_judged_again() {
    let folder = class().folder.path();
    let text = |format: &str| String::from_utf8(grade(folder, &["--format", format]).stdout).unwrap();
    let json: Value = serde_json::from_str(&text("json")).unwrap();
    // One of whom a check could not be made is judged again: in a rush of processes that is a matter of chance.
    let steps = |name: &str| class().student(name)["lessons"][0]["steps"].as_array().unwrap();
    let is_open = |step: &Value| step["status"] == "not_judged" && step["reason"].is_string();
    let students = json["students"].as_array().unwrap().iter();
    let known = students.filter(|student| !steps(student["name"].as_str().unwrap()).iter().any(is_open));
    let judged = known.map(|student| &student["lessons"][0]);
    let judged: Vec<_> = judged.filter(|lesson| lesson["state"] == "judged").collect();
    assert!(judged.len() > 20 && judged.iter().all(|lesson| lesson["judged_before"].is_string()), "{json:#}");
    let html = text("html");
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;") && !html.contains("<b>"), "{html}");
    let csv = text("csv");
    assert!(csv.contains("'=a \"\"name\"\"") && !csv.contains("\n\"=a"), "{csv}");
    let table = text("table");
    assert!(table.contains(r"=a "), "{table}");
    let junit = text("junit");
    assert!(junit.contains("<testsuites") && junit.contains("perfect"), "{junit}");
    for text in [&html, &csv, &table, &junit] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
        assert!(!text.contains(&folder.display().to_string()), "a path of this machine");
    }
}

#[test]
fn what_is_no_submission_is_named_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("class")).unwrap();
    let output = grade(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no submission"));
}

#[test]
fn the_workflow_of_the_guide_types_what_can_be_typed() {
    let guide = fs::read_to_string(root().join("docs/src/instructor.md")).unwrap();
    let workflow = guide.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let workflow: Value = serde_saphyr::from_str(workflow).unwrap();
    let steps = workflow["jobs"]["grade"]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["run"].is_string() || step["uses"].is_string()), "{steps:#?}");
    let run =
        steps.iter().filter_map(|step| step["run"].as_str()).find(|run| run.contains("instructor grade")).unwrap();
    let typed = run.split_once("target/debug/").unwrap().1.split_whitespace();
    Cli::try_parse_from(typed).unwrap();
}

#[test]
fn a_report_never_takes_the_place_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, "mine").unwrap();
    let output = grade(folder.path(), &["--output", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

/// A machine with neither bubblewrap nor Docker, but for what stands in for them.
struct Machine(TempDir);

impl Machine {
    fn with(docker: &str) -> Self {
        // A name that Docker's options have to be told with care.
        let folder = tempfile::Builder::new().prefix("a, \"b\"").tempdir().unwrap();
        for (name, script) in [("bwrap", "echo 'bwrap: not here' >&2; exit 1"), ("docker", docker)] {
            let path = folder.path().join("bin").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        write(&folder.path().join("class/ann"), &solution());
        Self(folder)
    }

    fn grade(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.0.path().join("bin").display(), std::env::var("PATH").unwrap());
        grade_command(self.0.path(), arguments).env("PATH", path).output().unwrap()
    }
}

#[test]
fn without_bubblewrap_and_docker_nothing_is_judged() {
    let output = Machine::with("exit 1").grade(&[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("nothing was judged") && said.contains("Docker"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn without_bubblewrap_it_is_judged_in_a_container_that_sees_the_submissions_alone() {
    let machine = Machine::with(r#"printf '%s\n' "$@" >>"$0.log"; case $1 in run) echo 'the report'; exit 3;; esac"#);
    let file = machine.0.path().join("report");
    let output = machine.grade(&["--format", "csv", "--again", "--output", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "the grader's own: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(file).unwrap(), "the report\n");
    let log = fs::read_to_string(machine.0.path().join("bin/docker.log")).unwrap();
    let (_, run) = log.split_once("\nrun\n").unwrap();
    assert!(run.starts_with("--network=none\n"), "{run}");
    let class = machine.0.path().join("class").display().to_string().replace('"', "\"\"");
    let mounts: Vec<_> = run.lines().filter(|line| line.contains("type=bind")).collect();
    assert_eq!(mounts, [format!("type=bind,\"source={class}\",target=/submissions/1/class,readonly")]);
    assert!(
        run.ends_with("--format=csv\n--timeout=60\n--lessons=00\n--jobs=2\n--again\n--\n/submissions/1/class\n"),
        "{run}"
    );
}

#[test]
fn a_container_that_gives_no_report_leaves_no_file() {
    let machine = Machine::with("case $1 in run) echo 'it broke' >&2; exit 125;; esac");
    let file = machine.0.path().join("report");
    let output = machine.grade(&["--output", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it broke") && !file.exists());
}

#[test]
fn a_report_in_a_file_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("class/empty")).unwrap();
    let file = folder.path().join("report");
    let arguments = ["--output", file.to_str().unwrap()];
    assert!(grade_command(folder.path(), &arguments).env("CLICOLOR_FORCE", "1").status().unwrap().code().is_some());
    let report = fs::read_to_string(file).unwrap();
    assert!(report.contains("empty") && !report.contains('\u{1b}'), "{report}");
}
