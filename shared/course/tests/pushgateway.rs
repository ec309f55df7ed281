//! The page of `pushgateway/` and its web configuration are true of a real Pushgateway: the commands are run as they
//! stand there.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use checks::services::prometheus::Prometheus;
use checks::services::pushgateway::Pushgateway;
use checks::services::{if_installed, run_tool};
use course::path;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use tempfile::TempDir;
use tokio::time::Instant;

/// The gateway of the page, with and without TLS.
const PLAIN: &str = "http://127.0.0.1:9091";
const SECURED: &str = "https://127.0.0.1:9091";
/// What `curl` needs for the second one, as the page has it.
const CERTIFICATE: [&str; 2] = ["--cacert", "pushgateway/secrets/certificate.pem"];
const USER: [&str; 2] = ["--user", "shop:development"];

const WANTED_FOR: &str = "the commands of pushgateway/README.md";

/// How long the gateway may take to show what it was asked for: it answers first.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn groups_are_looked_at_and_deleted_one_by_one() {
    if !has_tools() {
        return;
    }
    let gateway = Pushgateway::start().await;
    let Some(gateway) = if_installed(gateway, WANTED_FOR).unwrap() else { return };
    let folder = TempDir::new().unwrap();
    let url = format!("{}/metrics", gateway.url());
    let other = format!(
        "printf '# TYPE backup_files gauge\\nbackup_files 3\\n' | curl --fail --data-binary @- {url}/job/backup"
    );
    shell(folder.path(), &other);

    let commands = commands(PLAIN);
    let (delete, others) = commands.split_last().unwrap();
    let shown: String =
        others.iter().map(|command| shell(folder.path(), &command.replace(PLAIN, gateway.url()))).collect();
    assert!(shown.contains(r#"push_time_seconds{country="pt""#), "{shown}");
    assert!(shown.contains(r#""country":"pt""#), "{shown}");

    shell(folder.path(), &delete.replace(PLAIN, gateway.url()));
    let page = || shell(folder.path(), &format!("curl --silent {url}"));
    let deadline = Instant::now() + PATIENCE;
    while page().contains(r#"country="pt""#) {
        assert!(Instant::now() < deadline, "the group is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(page().contains(r#"backup_files{instance="",job="backup"} 3"#), "{}", page());
}

#[tokio::test]
async fn with_the_web_configuration_a_push_wants_the_password_and_tls() {
    let Some((folder, gateway)) = secured().await else { return };
    let metrics = format!("{}/metrics", gateway.url());
    assert_eq!(status(folder.path(), &[&[metrics.as_str()], &CERTIFICATE[..]].concat()), "401");
    let wrong = [&[metrics.as_str(), "--user", "shop:wrong"], &CERTIFICATE[..]].concat();
    assert_eq!(status(folder.path(), &wrong), "401");
    let push = format!("{metrics}/job/backup");
    let pushed = [&[push.as_str(), "--data-binary", "backup_files 12\n"], &CERTIFICATE[..]].concat();
    assert_eq!(status(folder.path(), &pushed), "401");
    assert_eq!(status(folder.path(), &[metrics.replace("https", "http").as_str()]), "400");
    // Nobody whom it knows has signed the certificate.
    assert_eq!(status(folder.path(), &[&[metrics.as_str()], &USER[..]].concat()), "000");

    push_as_the_page_says(folder.path(), &gateway);
    let right = [&[metrics.as_str()], &CERTIFICATE[..], &USER[..]].concat();
    assert_eq!(status(folder.path(), &right), "200");
}

#[tokio::test]
async fn prometheus_scrapes_the_secured_gateway_as_the_page_says() {
    let Some((folder, gateway)) = secured().await else { return };
    push_as_the_page_says(folder.path(), &gateway);
    fs::write(folder.path().join("pushgateway/secrets/password"), "development").unwrap();

    let job = blocks("yaml").concat();
    let job = job.replace("pushgateway/secrets", folder.path().join("pushgateway/secrets").to_str().unwrap());
    let job = job.replace("127.0.0.1:9091", gateway.url().trim_start_matches("https://"));
    let configuration = format!("global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n{job}");
    let prometheus = Prometheus::start_configured(&configuration, 1).await;
    let Some(prometheus) = if_installed(prometheus, "a scrape of a secured Pushgateway").unwrap() else { return };
    assert_eq!(prometheus.query(r#"backup_files{job="backup"}"#).await.unwrap(), [12.0]);
}

#[test]
fn the_password_of_the_page_is_the_one_that_compose_takes() {
    let settings = fs::read_to_string(path(".env")).unwrap();
    let password = settings.lines().find_map(|line| line.strip_prefix("PUSHGATEWAY_PASSWORD=")).unwrap();
    assert_eq!(USER[1], format!("shop:{password}"));
    let compose = fs::read_to_string(path("docker-compose.yml")).unwrap();
    assert!(compose.contains("https://shop:${PUSHGATEWAY_PASSWORD}@"));
}

/// Whether this machine has what the commands need.
fn has_tools() -> bool {
    [("curl", "--version"), ("openssl", "version")].into_iter().all(|(tool, argument)| {
        let mut command = Command::new(tool);
        command.arg(argument);
        if_installed(run_tool(command, tool, tool), WANTED_FOR).unwrap().is_some()
    })
}

/// A gateway with the web configuration, in a folder like that of the course, with a key and a certificate that are made
/// as the page says.
async fn secured() -> Option<(TempDir, Pushgateway)> {
    if !has_tools() {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let configuration = folder.path().join("pushgateway/web.yml");
    fs::create_dir(folder.path().join("pushgateway")).unwrap();
    fs::copy(path("pushgateway/web.yml"), &configuration).unwrap();
    for command in commands("openssl") {
        shell(folder.path(), &command);
    }
    let gateway = if_installed(Pushgateway::start_secured(&configuration).await, WANTED_FOR).unwrap()?;
    Some((folder, gateway))
}

fn push_as_the_page_says(folder: &Path, gateway: &Pushgateway) {
    for command in commands(SECURED) {
        shell(folder, &command.replace(SECURED, gateway.url()));
    }
}

/// The commands of the page that have this in them.
fn commands(with: &str) -> Vec<String> {
    let commands: Vec<_> = blocks("sh").into_iter().filter(|block| block.contains(with)).collect();
    assert!(!commands.is_empty(), "the page has no command with {with}");
    commands
}

/// What the page has in blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = fs::read_to_string(path("pushgateway/README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut block = None;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(of))) if &*of == language => block = Some(String::new()),
            Event::Text(line) => block.iter_mut().for_each(|block| block.push_str(&line)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

/// Runs a command, which has to succeed, and gives what it prints.
fn shell(folder: &Path, command: &str) -> String {
    let output = Command::new("sh").args(["-e", "-c", command]).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// The status of an answer, as `curl` says it: `000` if there is none.
fn status(folder: &Path, arguments: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--noproxy", "*"]);
    let output = curl.args(arguments).current_dir(folder).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
