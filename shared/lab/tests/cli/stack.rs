//! `cargo lab up`, `down` and `logs`, with a Docker that only writes down what it is asked for.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, free_address, stderr, stdout, unwrapped};

/// Has one container once it was started, and describes it with the text in the file `container`.
const DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "docker $*" >> "$here/asked"
case "$*" in
    *"ps --all --quiet") [ -f "$here/started" ] && echo c1 ;;
    inspect*) cat "$here/container" ;;
    *"up --build --detach") touch "$here/started"; if [ -f "$here/refused" ]; then exit 1; fi ;;
    *"down --remove-orphans") rm "$here/started"; mv "$here/next" "$here/container" ;;
    "logs --tail"*) echo "the last words" ;;
esac
exit 0
"#;

const RUNNING: &str = r#"{"Status": "running", "Health": {"Status": "healthy"}}"#;

/// A course, and a folder with a Docker that has a container like this.
fn course(state: &str, port: u16) -> SmallCourse {
    let course = SmallCourse::new();
    course.write("docker-compose.yml", "services: {}\n");
    course.write(".env", &format!("SHOP_PORT={port}\n"));
    course.write("bin/docker", DOCKER);
    course.write("bin/container", &container("lesson-00", state, port));
    fs::set_permissions(course.path("bin/docker"), fs::Permissions::from_mode(0o755)).unwrap();
    course
}

/// As `docker inspect` describes it.
fn container(service: &str, state: &str, port: u16) -> String {
    format!(
        r#"[{{"Id": "c1", "Config": {{"Labels": {{"com.docker.compose.service": "{service}"}}}}, "State": {state},
            "RestartCount": 3,
            "NetworkSettings": {{"Ports": {{"8000/tcp": [{{"HostIp": "127.0.0.1", "HostPort": "{port}"}}]}}}}}}]"#
    )
}

fn healthy() -> SmallCourse {
    course(RUNNING, free_port())
}

fn free_port() -> u16 {
    free_address().rsplit(':').next().unwrap().parse().unwrap()
}

fn lab(course: &SmallCourse, arguments: &[&str]) -> Command {
    let mut lab = course.lab(arguments);
    lab.env("PATH", format!("{}:/usr/bin:/bin", course.path("bin").display()));
    lab
}

/// What Docker was asked to do, but for questions.
fn asked(course: &SmallCourse) -> Vec<String> {
    let asked = fs::read_to_string(course.path("bin/asked")).unwrap();
    let questions = ["version", "ps --all --quiet", "inspect c1"];
    let is_deed = |line: &&str| !questions.iter().any(|question| line.ends_with(question));
    asked.lines().filter(is_deed).map(str::to_owned).collect()
}

#[test]
fn up_waits_until_all_is_healthy_and_shows_where_it_is() {
    let course = healthy();
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    assert_eq!(asked(&course), ["docker compose --file docker-compose.yml --profile lesson-00 up --build --detach"]);
    let port = fs::read_to_string(course.path(".env")).unwrap().trim_start_matches("SHOP_PORT=").trim().to_owned();
    assert_snapshot!(stdout(&output).replace(&port, "PORT"));
}

#[test]
fn up_of_a_solution_on_a_small_machine_takes_its_profile_and_the_second_file() {
    let course = healthy();
    assert_eq!(code(&lab(&course, &["up", "00", "--solution", "--light"]).output().unwrap()), 0);
    assert_eq!(
        asked(&course),
        [
            "docker compose --file docker-compose.yml --file docker-compose.light.yml --profile solution-00 up --build --detach"
        ]
    );
}

#[test]
fn up_twice_does_not_take_its_own_port_for_another_programs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let course = course(RUNNING, listener.local_addr().unwrap().port());
    course.write("bin/started", "");
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn a_port_that_is_taken_is_named_with_its_owner_before_anything_is_built() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let course = course("{}", port);
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let owner = format!("(process {})", std::process::id());
    let text = stderr(&output);
    assert!(text.starts_with(&format!("error: port {port} is taken by ")) && text.contains(&owner), "{text}");
    assert_eq!(asked(&course), Vec::<String>::new());
}

#[test]
fn a_service_that_does_not_work_is_shown_with_its_last_words() {
    let course = course(r#"{"Status": "exited", "ExitCode": 1}"#, free_port());
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert_snapshot!(stderr(&output));
}

/// As where others depend on it, so that Compose gives up.
#[test]
fn a_service_for_which_compose_gives_up_is_shown_with_its_last_words() {
    let course = course(r#"{"Status": "exited", "ExitCode": 1}"#, free_port());
    course.write("bin/refused", "");
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.contains("lesson-00 does not work.") && text.contains("the last words"), "{text}");
}

/// What was stopped before is no reason.
#[test]
fn a_service_that_somebody_has_ended_is_not_why_compose_gives_up() {
    let course = course(r#"{"Status": "exited", "ExitCode": 137}"#, free_port());
    course.write("bin/refused", "");
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(!stderr(&output).contains("does not work"), "{}", stderr(&output));
}

#[test]
fn a_service_that_ends_whenever_it_is_started_does_not_work() {
    let course = course(r#"{"Status": "restarting", "ExitCode": 1}"#, free_port());
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).starts_with("error: lesson-00 does not work."), "{}", stderr(&output));
}

#[test]
fn of_a_batch_job_it_says_where_one_sees_its_runs() {
    let course = healthy();
    course.write("lessons/06-pushgateway/Cargo.toml", "");
    course.write("bin/container", &container("lesson-06", RUNNING, free_port()));
    let output = lab(&course, &["up", "06"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let says = unwrapped(&stdout(&output));
    assert!(says.contains("`cargo lab logs lesson-06` shows what it says"), "{says}");
}

#[test]
fn the_stack_of_another_program_makes_room() {
    let course = healthy();
    course.write("bin/started", "");
    fs::rename(course.path("bin/container"), course.path("bin/next")).unwrap();
    course.write("bin/container", &container("solution-00", RUNNING, free_port()));
    let output = lab(&course, &["up", "00"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("solution-00 makes room for lessons/00-item-api."), "{}", stderr(&output));
    let asked = asked(&course);
    let [down, up] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(down.ends_with(" down --remove-orphans") && up.ends_with(" up --build --detach"), "{asked:?}");
}

#[test]
fn down_removes_everything_but_the_volumes() {
    let course = healthy();
    assert_eq!(code(&lab(&course, &["down"]).output().unwrap()), 0);
    assert_eq!(
        asked(&course),
        [
            "docker compose --file docker-compose.yml --profile lesson-00 --profile solution-00 --profile metrics-address --profile pushgateway-secured --profile full down --remove-orphans"
        ]
    );
}

#[test]
fn down_removes_volumes_only_after_a_yes() {
    let course = healthy();
    let output = lab(&course, &["down", "--volumes"]).stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(code(&output), 3);
    assert_eq!(asked(&course), Vec::<String>::new());
    assert_eq!(code(&lab(&course, &["down", "--volumes", "--yes"]).output().unwrap()), 0);
    assert!(asked(&course)[0].ends_with(" down --remove-orphans --volumes"), "{:?}", asked(&course));
}

#[test]
fn logs_are_those_of_one_service_if_it_is_named() {
    let course = healthy();
    assert_eq!(code(&lab(&course, &["logs", "lesson-00", "--follow"]).output().unwrap()), 0);
    assert!(asked(&course)[0].ends_with(" logs --follow lesson-00"), "{:?}", asked(&course));
}

#[test]
fn without_docker_it_says_where_to_get_it_and_what_works_without() {
    let course = healthy();
    let output = course.lab(&["up", "00"]).env("PATH", course.path("target")).output().unwrap();
    assert_eq!(code(&output), 3);
    assert_snapshot!(stderr(&output));
}
