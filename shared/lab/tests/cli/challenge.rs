//! `cargo lab challenge`.

use std::fs;
use std::path::Path;

use checks::lessons;
use checks::subject::EXPORTER;
use insta::assert_snapshot;
use lab::commands::challenge::points;
use serde_json::Value;

use crate::course::{SmallCourse, code, done, free_address, shown, stderr, stdout};
use crate::shops::WITHOUT_METRICS;

/// The last step of each lesson looks at the whole page, and is one and the same check.
const OF_EACH_LESSON: &str = "clean-page";

/// The names of the points of an answer that have a status.
fn with_status<'a>(answer: &'a Value, status: &str) -> Vec<&'a str> {
    let points = answer["points"].as_array().unwrap().iter();
    points.filter(|point| point["status"] == status).map(|point| point["point"].as_str().unwrap()).collect()
}

#[test]
fn a_shop_without_metrics_ticks_nothing_and_is_told_what_is_missing() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    course.write("docs/src/challenge.md", "");
    assert_snapshot!(shown(&mut course.lab(&["challenge"])));
    assert!(!course.path(".lab/progress.toml").exists(), "the steps of the lessons are no part of it");
}

#[test]
fn one_point_can_be_judged_alone() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    let output = course.lab(&["challenge", "--point", "sessions"]).output().unwrap();
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{text}");
    assert!(text.contains("\n  ✗ open        sessions  ") && text.contains("\n0 of 1\n"), "{text}");
    assert!(text.contains("\nWhy it matters\n") && !text.contains("products"), "{text}");
}

#[test]
fn a_tool_gets_each_point_with_its_checks() {
    let course = SmallCourse::with_program(WITHOUT_METRICS);
    let output = course.lab(&["challenge", "--format", "json"]).output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (1, ""));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(with_status(&answer, "open"), points::ALL.iter().map(|point| point.name).collect::<Vec<_>>());
    assert_eq!((&answer["ticked"], &answer["of"], &answer["done"]), (&0.into(), &11.into(), &false.into()));
    let check = &answer["points"][0]["checks"][0];
    assert_eq!((&check["lesson"], &check["check"]), (&"00-item-api".into(), &"metrics-page".into()));
    assert_eq!((&check["status"], &check["failure"]["why"].is_string()), (&"failed".into(), &true));
}

#[test]
fn a_tool_is_told_too_when_there_is_nothing_to_judge() {
    let course = SmallCourse::with_program("fn main() { missing(); }");
    let output = course.lab(&["challenge", "--format", "json"]).output().unwrap();
    assert_eq!(code(&output), 3);
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(answer["problem"]["message"], "lessons/00-item-api does not compile");
    assert_eq!(with_status(&answer, "not_reached").len(), points::ALL.len());
}

#[test]
fn a_url_where_nothing_listens_is_told() {
    let address = free_address();
    let output = SmallCourse::new().lab(&["challenge", "--url", &format!("http://{address}")]).output().unwrap();
    let text = stderr(&output).replace(&address, "ADDRESS");
    assert_eq!((code(&output), stdout(&output).as_str()), (3, ""));
    assert!(text.starts_with("error: nothing answers at http://ADDRESS"), "{text}");
}

#[test]
fn what_cannot_be_the_replicas_of_one_shop_is_refused() {
    let course = SmallCourse::new();
    let urls = ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4"];
    for (urls, why) in [(&urls[..], "typed 4 times"), (&[urls[0], "http://127.0.0.1:1/metrics"], "typed twice")] {
        let arguments: Vec<_> = ["challenge"].into_iter().chain(urls.iter().flat_map(|url| ["--url", url])).collect();
        let output = course.lab(&arguments).output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}

#[test]
fn a_lesson_whose_program_is_no_shop_is_refused() {
    let course = SmallCourse::new();
    course.write("lessons/05-postgres-exporter/lesson.toml", "");
    let output = course.lab(&["challenge", "05"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("The challenge is about the shop of lessons 00 to 04."), "{}", stderr(&output));
}

#[test]
fn the_help_of_challenge_names_its_points_and_has_examples() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["challenge", "--help"])));
}

#[test]
fn each_check_of_the_shop_judges_exactly_one_point() {
    let of_the_shop = lessons::all().filter(|check| check.lesson < EXPORTER);
    let once = of_the_shop.filter(|check| check.name != OF_EACH_LESSON || check.lesson == "00-item-api");
    let mut expected: Vec<_> = once.chain(lessons::of_the_challenge()).map(|check| format!("{check:?}")).collect();
    let mut judged: Vec<_> =
        points::ALL.iter().flat_map(points::Point::checks).map(|check| format!("{check:?}")).collect();
    expected.sort_unstable();
    judged.sort_unstable();
    assert_eq!(judged, expected);
    for point in points::ALL {
        assert_eq!(point.checks().count(), point.checks.len(), "{}", point.name);
    }
}

#[test]
fn the_chapter_says_how_to_validate_each_point() {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/challenge.md");
    let chapter = fs::read_to_string(chapter).unwrap();
    let headings = chapter.lines().filter_map(|line| line.strip_prefix("### `")?.split('`').next());
    assert_eq!(headings.collect::<Vec<_>>(), points::ALL.iter().map(|point| point.name).collect::<Vec<_>>());
}

/// With shops of the course, which take seconds.
#[cfg(unix)]
mod shops {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::process::Output;
    use std::sync::{Mutex, PoisonError};
    use std::thread;

    use nix::sys::signal::{Signal, kill};
    use tempfile::TempDir;

    use super::{Value, code, done, free_address, stdout, with_status};
    use crate::course::lab;
    use crate::process::{build, run_until, shop};

    /// Each of these keeps the machine busy: one at a time.
    static MACHINE: Mutex<()> = Mutex::new(());

    /// The solutions that are run here.
    const SOLUTIONS: [&str; 2] = ["solution-00-item-api", "solution-04-summary"];
    /// As long as each other, so that the page stays as long as its header says.
    const NAMES: [&str; 2] = ["cart_sessions_active", "cart_sessions_opened"];

    #[test]
    fn the_solution_ticks_every_point() {
        let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let text = done(&mut lab(&["challenge", "04", "--solution"]));
        assert_eq!(text.matches("  ✓ done ").count(), 11, "{text}");
        assert!(text.contains("\n11 of 11\n"), "{text}");
        assert!(text.ends_with("  lessons/06-pushgateway/README.md\n"), "{text}");
    }

    #[test]
    fn the_solution_of_lesson_01_ticks_its_points_and_no_others() {
        let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let output = lab(&["challenge", "01", "--solution", "--format", "json"]).output().unwrap();
        let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(code(&output), 1, "{answer:#}");
        assert_eq!(with_status(&answer, "ticked"), ["page", "products", "requests", "errors"], "{answer:#}");
        assert_eq!(with_status(&answer, "open").len(), 7, "{answer:#}");
    }

    #[test]
    fn a_wrong_name_at_a_url_crosses_its_point_alone_and_one_url_is_no_replicas() {
        let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = beside_a_shop(1, |urls| lab(&["challenge", "--url", &misspelling(&urls[0])]).output().unwrap());
        let text = stdout(&judged);
        assert_eq!(code(&judged), 1, "{text}");
        assert_eq!((text.matches("  ✓ done ").count(), text.matches("  ✗ open ").count()), (9, 1), "{text}");
        assert!(text.contains("  ✗ open        sessions  "), "{text}");
        assert!(text.contains("  ? not judged  replicas  "), "{text}");
        assert!(text.contains("\n2 checks were left out, and so were parts of others"), "{text}");
        assert!(text.contains("\n9 of 11\n"), "{text}");
    }

    #[test]
    fn three_urls_are_judged_as_replicas() {
        let judged = beside_a_shop(3, |urls| of_replicas(&urls).output().unwrap());
        assert_eq!(code(&judged), 0, "{}", stdout(&judged));
        assert!(stdout(&judged).contains("  ✓ done        replicas  "), "{}", stdout(&judged));
    }

    #[test]
    fn without_replicas_one_is_told_what_to_type() {
        let judged = beside_a_shop(1, |urls| of_replicas(&urls).output().unwrap());
        let text = stdout(&judged);
        assert_eq!(code(&judged), 3, "{text}");
        assert!(text.ends_with(" --url http://... --url http://...\n"), "{text}");
    }

    #[test]
    fn two_shops_on_two_databases_are_no_replicas() {
        let judged = beside_a_shop(1, |one| {
            beside_a_shop(1, |other| of_replicas(&[one[0].clone(), other[0].clone()]).output().unwrap())
        });
        assert_eq!(code(&judged), 3, "{}", stdout(&judged));
        assert!(stdout(&judged).contains("are they on one"), "{}", stdout(&judged));
    }

    #[test]
    fn what_one_replica_does_must_not_be_counted_by_another() {
        let judged = beside_a_shop(1, |urls| {
            of_replicas(&[urls[0].clone(), urls[0].replace("127.0.0.1", "localhost")]).output().unwrap()
        });
        let text = stdout(&judged);
        assert_eq!(code(&judged), 1, "{text}");
        assert!(text.contains("a place that the") && text.contains("the same replica"), "{text}");
    }

    #[test]
    fn each_replica_has_to_count() {
        let database = TempDir::new().unwrap();
        let judged = beside("04", 1, &database, |one| {
            beside("00", 1, &database, |other| of_replicas(&[one[0].clone(), other[0].clone()]).output().unwrap())
        });
        let text = stdout(&judged);
        assert_eq!(code(&judged), 1, "{text}");
        assert!(text.contains("Count in `cart_additions_total`, on each replica"), "{text}");
    }

    fn of_replicas(urls: &[String]) -> std::process::Command {
        let urls = urls.iter().flat_map(|url| ["--url", url]);
        lab(&["challenge", "--point", "replicas"].into_iter().chain(urls).collect::<Vec<_>>())
    }

    /// Judges the finished shop where it runs, with so many replicas on one database.
    fn beside_a_shop(replicas: usize, judge: impl FnOnce(Vec<String>) -> Output) -> Output {
        beside("04", replicas, &TempDir::new().unwrap(), judge)
    }

    /// The same with the solution of a lesson, on the database in a folder.
    fn beside(lesson: &str, replicas: usize, folder: &TempDir, judge: impl FnOnce(Vec<String>) -> Output) -> Output {
        // Where the build has to wait for others, another program may take a port meanwhile: the ports come after it.
        SOLUTIONS.into_iter().for_each(build);
        let addresses: Vec<_> = (0..replicas).map(|_| free_address()).collect();
        let mut shop = shop(lesson, &addresses.join(","));
        shop.env("DATABASE_URL", format!("sqlite://{}", folder.path().join("shop.db").display()));
        // Nobody reads what it says before it has ended, and a pipe that is full holds it up.
        shop.env("RUST_LOG", "off").env("RUST_BACKTRACE", "0");
        let urls = addresses.iter().map(|address| format!("http://{address}")).collect();
        let mut judged = None;
        run_until(&mut shop, &addresses[replicas - 1], |running| {
            judged = Some(judge(urls));
            kill(running, Signal::SIGTERM).unwrap();
        });
        judged.unwrap()
    }

    /// A server that hands everything on to the one at this URL, and has another name for one of its metrics.
    fn misspelling(url: &str) -> String {
        let shop = url.trim_start_matches("http://").to_owned();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        thread::spawn(move || {
            for client in server.incoming().flatten() {
                let Ok(shop) = TcpStream::connect(&shop) else { continue };
                let (from_client, to_shop) = (client.try_clone().unwrap(), shop.try_clone().unwrap());
                thread::spawn(move || hand_on(from_client, to_shop));
                thread::spawn(move || hand_on(shop, client));
            }
        });
        format!("http://{address}")
    }

    fn hand_on(mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 1 << 20];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let bytes = &mut buffer[..length];
            let starts: Vec<_> = (0..length).filter(|start| bytes[*start..].starts_with(NAMES[0].as_bytes())).collect();
            for start in starts {
                bytes[start..start + NAMES[1].len()].copy_from_slice(NAMES[1].as_bytes());
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        for end in [from, to] {
            // Whichever is closed already stays so.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
