//! `cargo lab doctor`.

use insta::assert_snapshot;

use crate::course::{code, lab, shown, stderr, stdout};

#[test]
fn the_help_of_doctor_says_what_it_looks_at() {
    assert_snapshot!(shown(&mut lab(&["doctor", "--help"])));
}

#[test]
fn an_unknown_format_is_refused() {
    let output = lab(&["doctor", "--format", "xml"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("[possible values: human, json]"), "{}", stderr(&output));
}

#[test]
fn where_this_test_could_be_built_the_lessons_can_begin() {
    let output = lab(&["doctor"]).output().unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{text}");
    assert!(text.contains("\n  ✓ rustc: "), "{text}");
    assert!(text.ends_with("The lessons can begin: cargo lab run 00\n"), "{text}");
}

#[cfg(unix)]
mod with_other_programs {
    use std::fs;
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{self, Command, Output};

    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::course::SmallCourse;
    use crate::shops::WITHOUT_METRICS;

    /// The ports that the fewest programs want.
    const RARE_PORTS: [u16; 3] = [9100, 9093, 9187];

    #[test]
    fn without_rust_no_lesson_can_begin() {
        let machine = Machine::new();
        let output = machine.doctor(&[]).output().unwrap();
        let text = stdout(&output);
        assert_eq!(code(&output), 3, "{text}");
        let advice = "  ✗ rustc: not installed (for every lesson; lessons 00 to 04 need nothing else)\n    get it: https://rustup.rs\n";
        assert!(text.contains(advice), "{text}");
        assert!(text.ends_with("every lesson needs: see what is marked with ✗.\n"), "{text}");
    }

    #[test]
    fn an_old_toolchain_is_no_good() {
        let machine = Machine::with_rust("1.94.1");
        let rustc = machine.finding("rustc");
        assert_eq!((&rustc["state"], &rustc["found"]), (&"missing".into(), &"1.94.1".into()));
        assert!(rustc["advice"].as_str().unwrap().ends_with("Get it: rustup update"), "{rustc}");
    }

    #[test]
    fn a_newer_toolchain_is_good() {
        for version in ["1.95.0", "1.100.0-nightly", "2.0.0"] {
            let rustc = Machine::with_rust(version).finding("rustc");
            assert_eq!(rustc["state"], "good", "{rustc}");
        }
    }

    #[test]
    fn rust_alone_is_enough_to_begin() {
        let machine = Machine::with_rust("1.95.0");
        assert_eq!(machine.doctor(&[]).output().unwrap().status.code(), Some(0));
        assert_eq!(machine.finding("git")["state"], "missing");
        assert_eq!(machine.finding("Docker")["state"], "missing");
    }

    #[test]
    fn a_docker_that_hangs_does_not_hang_the_doctor() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("docker", "exec /bin/sleep 1000");
        let docker = machine.finding("Docker");
        assert_eq!(docker["found"], "installed, but does not answer: no answer within 5 seconds");
    }

    #[test]
    fn a_docker_without_its_daemon_is_shown_in_its_own_words() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("docker", "echo 'Cannot connect to the Docker daemon.' >&2; exit 1");
        let docker = machine.finding("Docker");
        assert_eq!(docker["found"], "installed, but does not answer: Cannot connect to the Docker daemon.");
    }

    #[test]
    fn a_docker_that_stumbles_over_the_question_is_asked_for_the_cause() {
        let machine = Machine::with_rust("1.95.0");
        let version = "echo 'Client: 20.10'; echo 'Cannot connect to the Docker daemon.' >&2; exit 1";
        let info = "echo; echo 'template: :1:2: executing .ServerVersion: nil pointer' >&2; exit 1";
        machine.install("docker", &format!("if [ \"$1\" = version ]; then {version}; fi; {info}"));
        let docker = machine.finding("Docker");
        assert_eq!(docker["found"], "installed, but does not answer: Cannot connect to the Docker daemon.");
    }

    #[test]
    fn files_that_no_container_may_read_are_pointed_out() {
        let course = SmallCourse::new();
        course.write("prometheus/prometheus.yml", "");
        let machine = Machine::with_rust("1.95.0");
        let files = || {
            let mut doctor = course.lab(&["doctor", "--format", "json"]);
            doctor.env("PATH", machine.programs.path()).env_remove("CARGO");
            finding_in(&doctor.output().unwrap(), "Files")
        };
        assert!(files()["found"].as_str().unwrap().starts_with("readable"), "{}", files());
        for (path, mode) in [("prometheus/prometheus.yml", 0o600), ("prometheus", 0o700)] {
            fs::set_permissions(course.path(path), fs::Permissions::from_mode(mode)).unwrap();
            let files = files();
            assert_eq!(files["state"], "doubtful", "{files}");
            assert!(files["advice"].as_str().unwrap().contains("chmod -R go+rX"), "{files}");
        }
    }

    #[test]
    fn half_an_answer_of_a_program_that_fails_is_not_taken_for_its_reason() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("docker", "echo ' 0'; echo 'Cannot connect to the Docker daemon.' >&2; exit 1");
        let docker = machine.finding("Docker");
        assert_eq!(docker["found"], "installed, but does not answer: Cannot connect to the Docker daemon.");
    }

    #[test]
    fn little_memory_for_containers_is_pointed_out() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("docker", "echo 28.2.2 2147483648");
        let docker = machine.finding("Docker");
        assert_eq!(
            (&docker["state"], &docker["found"]),
            (&"doubtful".into(), &"28.2.2, with 2.0 GiB of memory".into())
        );
    }

    #[test]
    fn the_older_compose_is_found_where_there_is_no_plugin() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("docker", "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1");
        machine.install("docker-compose", "echo 1.29.2");
        assert_eq!(machine.finding("Compose")["found"], "1.29.2, as `docker-compose`");
    }

    #[test]
    fn servers_are_found_under_either_name() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("pushgateway", "echo 'pushgateway, version 1.11.1 (branch: HEAD)' >&2");
        machine.install("postgres_exporter", "echo 'postgres_exporter, version 0.17.1 (branch: HEAD)'");
        assert_eq!(machine.finding("Pushgateway")["found"], "1.11.1");
        assert_eq!(machine.finding("postgres_exporter")["found"], "0.17.1");
    }

    #[test]
    fn a_program_that_does_not_start_is_no_program() {
        let machine = Machine::with_rust("1.95.0");
        machine.install("prometheus", "echo 'cannot execute binary file' >&2; exit 126");
        let prometheus = machine.finding("Prometheus");
        assert_eq!(prometheus["state"], "missing");
        assert_eq!(prometheus["found"], "does not work: cannot execute binary file");
    }

    #[test]
    fn a_port_that_is_taken_is_shown_with_the_program_that_took_it() {
        let taken = RARE_PORTS.into_iter().find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
        let (port, who) = match &taken {
            Some(listener) => (listener.local_addr().unwrap().port(), format!("(process {})", process::id())),
            // Then somebody else has them all.
            None => (RARE_PORTS[0], String::new()),
        };
        let finding = Machine::with_rust("1.95.0").finding(&format!("port {port}"));
        assert_eq!(finding["state"], "doubtful");
        let found = finding["found"].as_str().unwrap();
        assert!(found.starts_with("taken by ") && found.ends_with(&who), "{found}");
    }

    /// Both programs are shops that answer; and nothing is needed of the network.
    fn course_offline() -> SmallCourse {
        let course = SmallCourse::with_program(WITHOUT_METRICS);
        course.write("solutions/00-item-api/src/main.rs", WITHOUT_METRICS);
        course.write("bin/docker", "#!/bin/sh\nexit 1\n");
        fs::set_permissions(course.path("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
        lock(&course);
        course
    }

    /// As on a lesson's branch.
    fn remove_solutions(course: &SmallCourse) {
        fs::remove_dir_all(course.path("solutions")).unwrap();
        course.write("Cargo.toml", &course.read("Cargo.toml").replace(", \"solutions/*\"", ""));
    }

    fn lock(course: &SmallCourse) {
        let mut cargo = Command::new(env!("CARGO"));
        let cargo = cargo.args(["generate-lockfile", "--quiet", "--offline"]).current_dir(course.path(""));
        assert!(cargo.status().unwrap().success());
    }

    /// What `doctor --offline` finds: its exit code, and all findings.
    fn offline(course: &SmallCourse) -> Output {
        let mut doctor = course.lab(&["doctor", "--offline", "--format", "json"]);
        let path = std::env::var("PATH").unwrap();
        doctor.env("PATH", format!("{}:{path}", course.path("bin").display())).output().unwrap()
    }

    #[test]
    fn offline_each_program_that_is_here_builds_runs_and_answers() {
        let course = course_offline();
        let output = offline(&course);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        for program in ["lessons/00-item-api", "solutions/00-item-api"] {
            assert_eq!(finding_in(&output, program)["found"], "builds, runs and answers");
        }
        assert_eq!(finding_in(&output, "crates")["state"], "good");
        assert_eq!(finding_in(&output, "Docker")["state"], "doubtful");
    }

    #[test]
    fn offline_a_student_s_code_that_does_not_compile_is_no_matter_of_the_network() {
        let course = course_offline();
        course.write("lessons/00-item-api/src/main.rs", "fn main() { nothing() }");
        remove_solutions(&course);
        lock(&course);
        let output = offline(&course);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let lesson = finding_in(&output, "lessons/00-item-api");
        assert_eq!((&lesson["state"], &lesson["found"]), (&"doubtful".into(), &"does not compile".into()));
        assert!(!stdout(&output).contains("solutions/"), "{}", stdout(&output));
    }

    #[test]
    fn offline_a_crate_that_is_not_here_stops_every_program_and_prefetch_is_named() {
        let course = course_offline();
        let manifest = course.read("lessons/00-item-api/Cargo.toml");
        course
            .write("lessons/00-item-api/Cargo.toml", &format!("{manifest}\n[dependencies]\nnobody-has-this = \"1\"\n"));
        let output = offline(&course);
        assert_eq!(code(&output), 3);
        for name in ["crates", "lessons/00-item-api", "solutions/00-item-api"] {
            let finding = finding_in(&output, name);
            assert_eq!(finding["state"], "missing", "{finding}");
            assert!(finding["advice"].as_str().unwrap().ends_with("cargo lab prefetch"), "{finding}");
        }
    }

    #[test]
    fn offline_the_images_that_the_course_names_are_looked_for() {
        let course = course_offline();
        remove_solutions(&course);
        course.write("lessons/00-item-api/src/main.rs", "");
        lock(&course);
        course.write("docker-compose.yml", "services:\n  a:\n    image: prom/prometheus:v3\n  b:\n    build: .\n");
        course.write("Dockerfile", "FROM rust:1 AS build\nRUN cargo build\nFROM build AS tested\nFROM debian:12\n");
        let docker = "#!/bin/sh\ncase \"$*\" in *rust:1) exit 1 ;; image*) echo 1000 ;; *) echo 28.2.2 ;; esac\n";
        course.write("bin/docker", docker);
        let output = offline(&course);
        let state = |name: &str| finding_in(&output, name)["state"].clone();
        assert_eq!([state("prom/prometheus:v3"), state("debian:12"), state("rust:1")], ["good", "good", "doubtful"]);
        assert!(!stdout(&output).contains("\"build\""), "{}", stdout(&output));
    }

    #[test]
    fn offline_it_says_whether_the_network_was_really_cut_off() {
        let course = course_offline();
        course.write("lessons/00-item-api/src/main.rs", "");
        let cut_off = finding_in(&offline(&course), "cut off");
        let says_so = cut_off["found"].as_str().unwrap().starts_with("yes: ");
        assert_eq!(cut_off["state"], if says_so { "good" } else { "doubtful" }, "{cut_off}");
    }

    /// A machine with nothing but what is installed by the test.
    struct Machine {
        programs: TempDir,
    }

    impl Machine {
        fn new() -> Self {
            Self { programs: tempfile::tempdir().unwrap() }
        }

        fn with_rust(version: &str) -> Self {
            let machine = Self::new();
            machine.install("rustc", &format!("echo 'rustc {version} (59807616e 2026-04-14)'"));
            machine.install("cargo", &format!("echo 'cargo {version} (f2d3ce0bd 2026-03-21)'"));
            machine
        }

        fn install(&self, program: &str, script: &str) {
            let path = self.programs.path().join(program);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn doctor(&self, arguments: &[&str]) -> Command {
            let mut command = lab(&[&["doctor"], arguments].concat());
            command.env("PATH", self.programs.path()).env_remove("CARGO");
            command
        }

        fn finding(&self, name: &str) -> Value {
            finding_in(&self.doctor(&["--format", "json"]).output().unwrap(), name)
        }
    }

    fn finding_in(output: &Output, name: &str) -> Value {
        let findings: Value = serde_json::from_str(&stdout(output)).unwrap();
        let groups = findings["groups"].as_array().unwrap().iter();
        let mut all = groups.flat_map(|group| group["findings"].as_array().unwrap());
        all.find(|finding| finding["name"] == name).unwrap().clone()
    }
}
