//! `cargo lab run`.

use std::net::TcpListener;

use insta::assert_snapshot;

use crate::course::{SmallCourse, code, free_address, shown, stderr, stdout, unwrapped};

#[test]
fn the_addresses_are_shown_and_the_exit_code_is_the_apps_own() {
    let source = "fn main() { println!(\"the app runs\"); std::process::exit(7); }";
    let course = SmallCourse::with_program(source);
    let address = free_address();
    let shown = shown(course.lab(&["run", "00", "--no-live"]).env("LISTEN_ADDR", &address));
    assert_snapshot!(shown.replace(&address, "ADDRESS"));
}

#[test]
fn metrics_with_an_address_of_their_own_are_shown_there() {
    let course = SmallCourse::new();
    let (address, metrics) = (free_address(), free_address());
    let mut lab = course.lab(&["run", "00", "--solution"]);
    let shown = shown(lab.env("LISTEN_ADDR", &address).env("METRICS_ADDR", &metrics));
    assert!(shown.contains(&format!("storefront  http://{address}\n")), "{shown}");
    assert!(shown.contains(&format!("metrics     http://{metrics}/metrics\n")), "{shown}");
}

#[test]
fn the_app_runs_in_the_folder_of_the_course() {
    let source = "fn main() { std::fs::write(\"shop.db\", \"\").unwrap(); }";
    let course = SmallCourse::with_program(source);
    let folder = course.path("lessons");
    course.lab(&["run", "00"]).current_dir(folder).env("LISTEN_ADDR", free_address()).output().unwrap();
    assert!(course.path("shop.db").is_file());
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_built() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let course = SmallCourse::with_program("this does not compile");
    let output = course.lab(&["run", "00", "--solution"]).env("LISTEN_ADDR", address.to_string()).output().unwrap();
    let text = stderr(&output);
    assert_eq!(code(&output), 3);
    assert!(text.starts_with(&format!("error: port {} of 127.0.0.1 is taken", address.port())), "{text}");
    assert!(text.contains("\n  LISTEN_ADDR=127.0.0.1:"), "{text}");
    assert!(text.ends_with(" cargo lab run 00 --solution\n"), "{text}");
}

#[test]
fn a_program_that_has_the_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let course = SmallCourse::new();
    let output = course.lab(&["run", "00"]).env("LISTEN_ADDR", address.to_string()).output().unwrap();
    let text = unwrapped(&stderr(&output));
    assert!(text.contains("is taken by cli-"), "{text}");
    assert!(text.contains(&format!("(process {})", std::process::id())), "{text}");
}

#[test]
fn a_port_that_nobody_asked_for_makes_room_for_the_next_one_that_is_free() {
    // Where somebody else has it, it is taken as well.
    let _taken = TcpListener::bind("127.0.0.1:8000");
    let course =
        SmallCourse::with_program("fn main() { println!(\"at {}\", std::env::var(\"LISTEN_ADDR\").unwrap()); }");
    let output = course.lab(&["run", "00"]).output().unwrap();
    let (said, noted) = (stdout(&output), unwrapped(&stderr(&output)));
    assert_eq!(code(&output), 0, "{noted}");
    assert!(noted.starts_with("note: port 8000 of 127.0.0.1 is taken by "), "{noted}");
    let address = said.lines().find_map(|line| line.strip_prefix("at ")).unwrap();
    assert_ne!(address, "127.0.0.1:8000");
    assert!(noted.contains(&format!("So this one listens at {address}.")), "{noted}");
    assert!(said.contains(&format!("storefront  http://{address}\n")), "{said}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let output = SmallCourse::new().lab(&["run", "00"]).env("LISTEN_ADDR", "8000").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("LISTEN_ADDR"), "{}", stderr(&output));
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::os::unix::process::CommandExt;
    use std::process::{Output, Stdio};

    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;

    use super::*;
    use crate::process::{prometheus_is_installed, run_until, shop, wait_until};
    use crate::shops::WITHOUT_METRICS;

    #[test]
    fn a_shop_of_the_students_own_that_has_the_port_is_named_as_such() {
        let course = SmallCourse::with_program(WITHOUT_METRICS);
        let address = free_address();
        let run = || {
            let mut lab = course.lab(&["run", "00"]);
            lab.env("LISTEN_ADDR", &address);
            lab
        };
        let mut second = None;
        run_until(&mut run(), &address, |lab| {
            second = Some(run().output());
            killpg(lab, Signal::SIGINT).unwrap();
        });
        let text = unwrapped(&stderr(&second.unwrap().unwrap()));
        let port = address.split(':').next_back().unwrap();
        let own = "your own shop of lessons/00-item-api (process ";
        assert!(text.starts_with(&format!("error: port {port} of 127.0.0.1 is taken by {own}")), "{text}");
    }

    #[test]
    fn ctrl_c_closes_the_shop_without_a_word_of_an_error() {
        let output = close_shop(|lab| killpg(lab, Signal::SIGINT).unwrap());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
        assert!(stderr(&output).contains("the shop is closed"), "{}", stderr(&output));
    }

    #[test]
    fn a_request_to_end_reaches_the_shop() {
        let output = close_shop(|lab| kill(lab, Signal::SIGTERM).unwrap());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stderr(&output).contains("the shop is closed"), "{}", stderr(&output));
        assert!(stdout(&output).contains("/metrics"), "{}", stdout(&output));
    }

    #[test]
    fn a_check_that_is_asked_to_end_leaves_no_app_behind() {
        let address = free_address();
        let source = format!(
            "fn main() {{ let _held = std::net::TcpListener::bind(\"{address}\").unwrap(); std::thread::park(); }}"
        );
        let course = SmallCourse::with_program(&source);
        let output = run_until(&mut course.lab(&["check", "00"]), &address, |lab| kill(lab, Signal::SIGTERM).unwrap());
        assert_eq!(code(&output), 130);
        wait_until(|| TcpStream::connect(&address).is_err());
    }

    fn close_shop(stop: impl FnOnce(Pid)) -> Output {
        let address = free_address();
        let output = run_until(&mut shop("00", &address), &address, stop);
        assert!(TcpStream::connect(&address).is_err(), "the shop is still open");
        output
    }

    #[test]
    fn a_prometheus_beside_it_scrapes_the_shop_and_ends_with_it() {
        if !prometheus_is_installed("cargo lab run --prometheus") {
            return;
        }
        let address = free_address();
        let mut command = crate::course::lab(&["run", "01", "--solution", "--prometheus"]);
        command.env("DATABASE_URL", "sqlite::memory:").env("LISTEN_ADDR", &address);
        let mut lab = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(lab.stdout.take().unwrap()).lines().map(Result::unwrap);
        let server = lines.find_map(|line| Some(line.strip_prefix("  prometheus  http://")?.to_owned())).unwrap();
        let link = lines.nth(3).unwrap();
        // Whole, and alone on its line.
        assert_eq!(
            link,
            format!(
                "http://{server}/graph?g0.expr=sum%28rate%28http_requests_total%5B1m%5D%29%29&g0.tab=0&g0.range_input=5m"
            )
        );
        let scraped = format!(r#""instance":"{address}","job":"shop"}},"value""#);
        wait_until(|| get(&server, "/api/v1/query?query=up%20==%201").contains(&scraped));
        killpg(Pid::from_raw(lab.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        assert_eq!(lab.wait().unwrap().code(), Some(0));
        assert!(TcpStream::connect(&server).is_err(), "Prometheus still runs");
    }

    fn get(server: &str, path: &str) -> String {
        let mut connection = TcpStream::connect(server).unwrap();
        write!(connection, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[test]
fn without_a_prometheus_it_says_where_to_get_one() {
    let course = SmallCourse::with_program("fn main() {}");
    // Cargo is found by its own path. The linker is not needed where nothing is to be built.
    assert_eq!(code(&course.lab(&["run", "00"]).env("LISTEN_ADDR", free_address()).output().unwrap()), 0);
    let mut lab = course.lab(&["run", "00", "--prometheus"]);
    let cargo =
        String::from_utf8(std::process::Command::new("rustup").args(["which", "cargo"]).output().unwrap().stdout);
    let bin = std::path::PathBuf::from(cargo.unwrap().trim()).parent().unwrap().to_owned();
    lab.env("PATH", bin).env("LISTEN_ADDR", free_address());
    let output = lab.output().unwrap();
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).starts_with("error: prometheus is not installed"), "{}", stderr(&output));
}
