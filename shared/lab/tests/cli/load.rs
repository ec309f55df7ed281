//! `cargo lab load`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use insta::assert_snapshot;
use serde_json::Value;

use crate::course::{code, free_address, lab, shown, stderr, stdout};

const ITEMS: &str = r#"[{"id": 1, "stock": 15}, {"id": 2, "stock": 5}]"#;

#[test]
fn the_help_of_load_explains_open_loop() {
    assert_snapshot!(shown(&mut load(&["--help"])));
}

#[test]
fn the_report_has_rate_times_and_answers() {
    let url = serve(Router::new().fallback(shop));
    let text = shown(&mut load(&["--url", &url, "--rate", "10", "--requests", "10"]));
    assert_snapshot!(masked(&text.replace(&url, "URL")));
}

#[test]
fn a_stall_shows_in_the_response_time_and_not_in_the_service_time() {
    let url = serve_with_stalls();
    let report = report(&["--url", &url, "--rate", "100", "--duration", "4s"]);
    // A worker who waits for each answer sends one request into each stall: one in a hundred, and those at once after
    // it are quick again.
    let (response, service) = (&report["response_time_seconds"], &report["service_time_seconds"]);
    assert!(response["p95"].as_f64() > Some(0.2), "{report:#}");
    assert!(service["p90"].as_f64() < Some(0.2), "{report:#}");
}

#[test]
fn more_workers_do_not_hide_a_stall() {
    let url = serve_with_stalls();
    let report = report(&["--url", &url, "--rate", "100", "--duration", "4s", "--concurrency", "20"]);
    assert!(report["response_time_seconds"]["p95"].as_f64() > Some(0.2), "{report:#}");
}

#[test]
fn half_of_the_stock_is_left() {
    let sold = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sold);
    let url = serve(Router::new().fallback(async move |uri: Uri| {
        if uri.path().ends_with("/checkout") {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        shop(uri).await
    }));
    // About a hundred buyers, 20 pieces.
    let report = report(&["--url", &url, "--rate", "5000", "--requests", "1500"]);
    assert_eq!(report["requests"]["answered"], 1500);
    let sold = sold.load(Ordering::Relaxed);
    assert!((1..=15).contains(&sold), "{sold} of 20 are sold");
}

#[test]
fn carts_are_filled_before_they_are_bought_or_emptied() {
    let calls = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&calls);
    let url = serve(Router::new().fallback(async move |method: Method, uri: Uri| {
        log.lock().unwrap().push((method, uri.path().to_owned()));
        shop(uri).await
    }));
    report(&["--url", &url, "--rate", "5000", "--requests", "500", "--concurrency", "8"]);
    let calls = calls.lock().unwrap();
    let closed = calls.iter().enumerate().filter_map(|(index, (method, path))| {
        let bought = path.strip_suffix("/checkout");
        let emptied = (method == Method::DELETE).then_some(path.as_str());
        Some((index, bought.or(emptied)?))
    });
    let mut count = 0;
    for (index, cart) in closed {
        count += 1;
        let added = (Method::POST, format!("{cart}/items"));
        assert!(calls[..index].contains(&added), "nothing was put into {cart}");
    }
    assert!(count > 0);
}

#[test]
fn an_item_that_is_sold_out_is_explained() {
    let url = serve(Router::new().fallback(async |method: Method, uri: Uri| match method {
        Method::POST => StatusCode::CONFLICT.into_response(),
        _ => shop(uri).await,
    }));
    let output = load(&["--url", &url, "--rate", "1000", "--requests", "100"]).output().unwrap();
    assert!(stdout(&output).contains("The shop runs out of stock."), "{}", stdout(&output));
}

#[test]
fn a_shop_that_is_gone_is_counted_as_errors_and_is_no_success() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shop = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        drop(listener);
        let _ = connection.read(&mut [0; 1024]).unwrap();
        write!(connection, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{ITEMS}", ITEMS.len()).unwrap();
    });
    let output = load(&["--url", &url, "--rate", "100", "--requests", "5", "--format", "json"]).output().unwrap();
    shop.join().unwrap();
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(code(&output), 3, "{report:#}");
    assert_eq!(report["requests"]["failed"], 5, "{report:#}");
    assert_eq!(report["response_time_seconds"], Value::Null, "{report:#}");
    assert!(report["errors"]["connection refused"].as_u64() >= Some(4), "{report:#}");
}

#[test]
fn a_url_where_nothing_answers_is_answered_with_how_to_start_the_shop() {
    let address = free_address();
    let text = shown(&mut load(&["--url", &format!("http://{address}")]));
    assert_snapshot!(text.replace(&address, "ADDRESS"));
}

#[test]
fn what_is_no_shop_is_left_alone() {
    let url = serve(Router::new());
    assert_snapshot!(shown(&mut load(&["--url", &url])).replace(&url, "URL"));
}

#[test]
fn a_catalogue_that_makes_no_sense_is_refused() {
    let url = serve(Router::new().fallback(async || r#"[{"id": 1, "stock": -3}]"#));
    let output = load(&["--url", &url]).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("invalid value: integer `-3`"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let wrong = [
        ("--rate", "0", "from 0.01 to 100000"),
        ("--rate", "-1", "from 0.01 to 100000"),
        ("--rate", "NaN", "from 0.01 to 100000"),
        ("--rate", "1e9", "from 0.01 to 100000"),
        ("--rate", "1e999", "from 0.01 to 100000"),
        ("--duration", "0s", "such as 30s, 5m or 1h"),
        ("--duration", "5", "such as 30s, 5m or 1h"),
        ("--duration", "25h", "up to 24h"),
        ("--requests", "0", "1..=10000000"),
        ("--concurrency", "0", "1..=1000"),
        ("--concurrency", "100000", "1..=1000"),
        ("--scenario", "storm", "baseline, moderate, high, soak, mixed"),
        ("--url", "localhost:8000", "http://localhost:8000"),
        ("--url", "https://localhost", "Only plain http"),
    ];
    for (option, value, advice) in wrong {
        let output = load(&[option, value]).output().unwrap();
        assert_eq!(code(&output), 2, "{option} {value}");
        assert!(stderr(&output).contains(advice), "{option} {value}: {}", stderr(&output));
    }
}

#[test]
fn a_rate_and_the_scenario_that_changes_it_exclude_each_other() {
    let output = load(&["--scenario", "mixed", "--rate", "5"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("takes no --rate"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_real_shop_answers_as_it_should() {
    use nix::sys::signal::{Signal, kill};

    let address = free_address();
    let url = format!("http://{address}");
    let mut shop = crate::process::shop("04", &address);
    let mut result = None;
    crate::process::run_until(&mut shop, &address, |running| {
        result = Some(report(&["--url", &url, "--rate", "100", "--requests", "300", "--concurrency", "4"]));
        kill(running, Signal::SIGTERM).unwrap();
    });
    let report = result.unwrap();
    assert_eq!(report["requests"]["answered"], 300, "{report:#}");
    let statuses: Vec<_> = report["status_codes"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(statuses, ["200", "204", "404", "422", "500"], "{report:#}");
}

#[cfg(unix)]
mod ctrl_c {
    use std::process::{Output, Stdio};
    use std::sync::mpsc::channel;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::*;
    use crate::pty::Terminal;

    #[test]
    fn ctrl_c_ends_it_with_its_report() {
        let output = interrupted(&[]);
        let text = stdout(&output);
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{text}");
        assert!(text.contains("\nInterrupted after "), "{text}");
        assert!(text.contains("not answered yet at the end"), "{text}");
    }

    #[test]
    fn what_is_not_answered_at_the_end_counts_with_the_time_that_it_has_waited() {
        let output = interrupted(&["--format", "json"]);
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(report["requests"]["answered"], 0, "{report:#}");
        assert!(report["requests"]["open"].as_u64() >= Some(20), "{report:#}");
        for time in ["response_time_seconds", "service_time_seconds"] {
            assert!(report[time]["max"].as_f64() >= Some(0.2), "{report:#}");
        }
    }

    #[test]
    fn a_terminal_has_a_live_line_which_gives_way_to_the_report() {
        let url = serve(Router::new().fallback(shop));
        let mut terminal = Terminal::with(&load(&["--url", &url]));
        terminal.wait_for("of 120 s: ");
        terminal.wait_for(" answered, 0 errors, p95 ");
        terminal.press("\x03");
        let text = terminal.rest();
        assert!(text.contains("Interrupted after "), "{text}");
        assert!(text.contains("response time "), "{text}");
    }

    /// Traffic on a shop that does not answer, interrupted when at least 20 requests wait.
    fn interrupted(arguments: &[&str]) -> Output {
        let (sender, busy) = channel();
        let url = serve(Router::new().fallback(async move |uri: Uri| {
            if uri.path() != "/items" {
                sender.send(()).unwrap();
                std::future::pending::<()>().await;
            }
            shop(uri).await
        }));
        let typed = [&["--url", &url, "--rate", "100"], arguments].concat();
        let running = load(&typed).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        busy.recv().unwrap();
        thread::sleep(Duration::from_millis(250));
        kill(Pid::from_raw(running.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        running.wait_with_output().unwrap()
    }
}

fn load(arguments: &[&str]) -> Command {
    lab(&[&["load"], arguments].concat())
}

/// What a run finds out.
fn report(arguments: &[&str]) -> Value {
    let output = load(&[arguments, &["--format", "json"]].concat()).output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// Serves for as long as the tests run.
/// Serves on a free port. Returns the URL.
pub(crate) fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await })
    });
    url
}

/// A shop that stalls half of each second.
fn serve_with_stalls() -> String {
    let start = Instant::now();
    serve(Router::new().fallback(async move |uri: Uri| {
        let half_second = start.elapsed().as_millis() / 500;
        while half_second % 2 == 1 && start.elapsed().as_millis() / 500 == half_second {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        shop(uri).await
    }))
}

/// As little of a shop as it takes.
async fn shop(uri: Uri) -> Response {
    match uri.path() {
        "/items" => ITEMS.into_response(),
        _ => StatusCode::OK.into_response(),
    }
}

/// With every number of the report the same, and every gap.
fn masked(text: &str) -> String {
    let (head, report) = text.split_once("\nDone in").unwrap();
    let mut mask = String::new();
    for character in report.chars() {
        match character {
            '0'..='9' | '.' if mask.ends_with('#') => {}
            ' ' if mask.ends_with("  ") => {}
            '0'..='9' => mask.push('#'),
            other => mask.push(other),
        }
    }
    format!("{head}\nDone in{mask}")
}
