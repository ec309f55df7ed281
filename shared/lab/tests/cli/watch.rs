//! `cargo lab watch`.

use std::fs;
use std::net::{TcpListener, TcpStream};

use insta::assert_snapshot;

use crate::course::{SmallCourse, free_address, shown};

/// A shop whose every answer is this, at the address of `LISTEN_ADDR`.
fn shop(page: &str) -> String {
    format!(
        r#"
use std::io::{{Read, Write}};
use std::net::TcpListener;

const PAGE: &str = {page:?};

fn main() {{
    let addresses = std::env::var("LISTEN_ADDR").unwrap();
    let servers = addresses.split(',').map(|address| TcpListener::bind(address).unwrap());
    let threads: Vec<_> = servers.map(|server| std::thread::spawn(move || serve(&server))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}}

fn serve(server: &TcpListener) {{
    for mut connection in server.incoming().flatten() {{
        let _ = connection.read(&mut [0; 1024]);
        let _ = write!(
            connection,
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: {{}}\r\nconnection: close\r\n\r\n{{PAGE}}",
            PAGE.len(),
        );
    }}
}}
"#
    )
}

/// A page without the metric of the second step.
const PAGE: &str = "# HELP cats Cats.\n# TYPE cats gauge\ncats 1\n";

#[test]
fn without_a_terminal_it_is_refused() {
    assert_snapshot!(shown(&mut SmallCourse::new().lab(&["watch", "00"])));
}

#[cfg(unix)]
mod in_a_terminal {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::course::package;
    use crate::process::{prometheus_is_installed, wait_until};
    use crate::pty::Terminal;
    use crate::reset::kept;

    const MAIN: &str = "lessons/00-item-api/src/main.rs";
    /// How a program ends whose `main` returns an error of anyhow, with RUST_BACKTRACE=1.
    const ENDS: &str = r#"eprintln!("Error: cannot make the metrics\n\nCaused by:\n    0: `cats` is registered already\n    1: Duplicate metrics collector registration attempted\n\nStack backtrace:\n   0: rust_begin_unwind\n             at /rustc/library/std/src/panicking.rs:689:5\n   1: shop::main\n"); std::process::exit(1);"#;

    fn watch(course: &SmallCourse, address: &str) -> Command {
        let mut lab = course.lab(&["watch", "00"]);
        lab.env("LISTEN_ADDR", address).env_remove("DATABASE_URL");
        lab
    }

    fn save_by_rename(path: &Path, text: &str) {
        let new = path.with_extension("rs~");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }

    fn is_open(address: &str) -> bool {
        TcpStream::connect(address).is_ok()
    }

    #[test]
    fn a_save_by_rename_leads_to_a_new_verdict() {
        let course = SmallCourse::with_program(&shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        save_by_rename(&course.path(MAIN), &shop(PAGE));
        terminal.wait_for("1 of 3 steps are done");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
    }

    #[test]
    fn a_save_that_changes_a_comment_alone_says_that_the_verdict_stands() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("1 of 3 steps are done");
        save_by_rename(&course.path(MAIN), &format!("// The shop.\n\n{}", shop(PAGE)));
        terminal.wait_for("The last save changes no code: this still holds.");
        save_by_rename(&course.path(MAIN), &shop("no page"));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
    }

    #[test]
    fn the_shop_runs_beside_and_ends_with_it() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let address = free_address();
        let mut terminal = Terminal::with(&watch(&course, &address));
        terminal.wait_for(&format!("http://{address}"));
        wait_until(|| is_open(&address));
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
        assert!(!is_open(&address));
    }

    #[test]
    fn a_port_in_use_is_named_and_the_next_free_one_is_taken() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let mut terminal = Terminal::with(&watch(&course, &address.to_string()));
        terminal.wait_for(&format!("port {} is in use, so the shop runs at 127.0.0.1:", address.port()));
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn code_that_does_not_compile_is_shown_and_the_old_shop_stays_open() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let address = free_address();
        let mut terminal = Terminal::with(&watch(&course, &address));
        terminal.wait_for("1 of 3 steps are done");
        wait_until(|| is_open(&address));
        fs::write(course.path(MAIN), "fn main() { let number: u8 = \"text\"; }").unwrap();
        terminal.wait_for("error[E0308]: mismatched types");
        assert!(is_open(&address));
        fs::write(course.path(MAIN), shop(PAGE)).unwrap();
        terminal.wait_for("1 of 3 steps are done");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_shop_beside_that_ends_is_shown_with_its_error_and_no_backtrace() {
        // The checks start two replicas, and beside them runs one.
        let source = shop(PAGE)
            .replace("    let servers", &format!("    if !addresses.contains(',') {{ {ENDS} }}\n    let servers"));
        let course = SmallCourse::with_program(&source);
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("The shop beside is closed: it ended:");
        terminal.wait_for("Error: cannot make the metrics");
        terminal.wait_for("0: `cats` is registered already");
        let rest = terminal.wait_for("q quit");
        assert!(!rest.contains("rust_begin_unwind") && !rest.contains("Stack backtrace"), "{rest}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn an_app_that_ends_at_once_is_shown_with_its_error_and_no_backtrace() {
        let course = SmallCourse::with_program(&format!("fn main() {{ {ENDS} }}"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("ends as soon as it starts");
        let rest = terminal.wait_for("See it yourself with");
        assert!(rest.contains("0: `cats` is registered already"), "{rest}");
        assert!(!rest.contains("rust_begin_unwind") && !rest.contains("Stack backtrace"), "{rest}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_save_gives_up_the_run_that_is_under_way() {
        // It runs, but nobody can connect to it, so that a check waits for long.
        let held = free_address();
        let deaf = format!("fn main() {{ let _held = std::net::TcpListener::bind({held:?}); std::thread::park(); }}");
        let course = SmallCourse::with_program(&deaf);
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        wait_until(|| is_open(&held));
        fs::write(course.path(MAIN), shop(PAGE)).unwrap();
        let before = terminal.wait_for("1 of 3 steps are done");
        assert!(!before.contains("takes no connection"), "{before}");
        wait_until(|| !is_open(&held));
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn ctrl_c_ends_a_build_with_all_that_cargo_started() {
        let held = free_address();
        let script = format!("fn main() {{ let _held = std::net::TcpListener::bind({held:?}); std::thread::park(); }}");
        let course = SmallCourse::new();
        fs::write(course.path("lessons/00-item-api/build.rs"), script).unwrap();
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        wait_until(|| is_open(&held));
        terminal.press("\x03");
        assert_eq!(terminal.end(), "130");
        wait_until(|| !is_open(&held));
    }

    #[test]
    fn ctrl_c_after_a_verdict_leaves_no_shop_behind() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let address = free_address();
        let mut terminal = Terminal::with(&watch(&course, &address));
        terminal.wait_for("1 of 3 steps are done");
        wait_until(|| is_open(&address));
        terminal.press("\x03");
        assert_eq!(terminal.end(), "130");
        assert!(!is_open(&address));
    }

    /// What is on the screen before a text that comes.
    fn screen_before(terminal: &mut Terminal, text: &str) -> String {
        const CLEAR: &str = "\x1b[2J";
        let written = terminal.wait_for(text);
        written.rsplit(CLEAR).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_hint_is_shown_under_the_error_until_the_step_is_done() {
        let course = SmallCourse::with_program(&shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("h");
        let screen = screen_before(&mut terminal, "Hint 1 of 1");
        assert!(screen.contains("✗ Serve the page") && screen.contains("What to do"), "{screen}");
        fs::write(course.path(MAIN), shop("another page")).unwrap();
        terminal.wait_for("checking ...");
        terminal.wait_for("0 of 3 steps are done");
        terminal.wait_for("Hint 1 of 1");
        fs::write(course.path(MAIN), shop(PAGE)).unwrap();
        terminal.wait_for("1 of 3 steps are done");
        let screen = screen_before(&mut terminal, "q quit");
        assert!(!screen.contains("Hint"), "{screen}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_key_hides_the_hint() {
        let course = SmallCourse::with_program(&shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("h");
        terminal.wait_for("Esc hide hint");
        terminal.wait_for("q quit");
        terminal.press("\x1b");
        let screen = screen_before(&mut terminal, "q quit");
        assert!(screen.contains("What to do") && !screen.contains("Hint"), "{screen}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_hint_has_room_below_the_words_of_the_compiler() {
        let errors = "let number: u8 = \"text\";\n".repeat(30);
        let course = SmallCourse::with_program(&format!("fn main() {{ {errors} }}"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("a taller window shows them");
        terminal.press("h");
        let screen = screen_before(&mut terminal, "Do it.");
        assert!(screen.contains("error[E0308]") && screen.contains("a taller window shows them"), "{screen}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn the_list_shows_the_steps_and_leads_to_another_lesson() {
        let course = SmallCourse::with_program(&shop("no page"));
        with_a_second_lesson(&course, &shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("l");
        terminal.wait_for("· Keep the page clean");
        terminal.wait_for("> · 00  A page  (you are here)");
        terminal.press("\x1b[B");
        terminal.wait_for("> · 01  Counters");
        terminal.press("\r");
        terminal.wait_for("lessons/01-counter: Counters");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
    }

    #[test]
    fn the_lesson_that_is_open_already_goes_on_when_it_is_chosen_in_the_list() {
        let course = SmallCourse::with_program(&shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        // There is none above or below.
        terminal.press("l\x1b[A\x1b[B");
        terminal.wait_for("> · 00  A page  (you are here)");
        terminal.press("\r");
        let screen = screen_before(&mut terminal, "Where to look");
        assert!(screen.contains("0 of 3 steps are done"), "{screen}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_key_starts_a_prometheus_that_ends_with_the_watch() {
        if !prometheus_is_installed("cargo lab watch, with its key p") {
            return;
        }
        let course = SmallCourse::with_program(&shop(PAGE));
        course.write("lessons/00-item-api/README.md", "```promql\ncount(app_info) by (version)\n```\n");
        let mut terminal = Terminal::of_width(40, &watch(&course, &free_address()));
        terminal.wait_for("What to do");
        terminal.press("p");
        terminal.wait_for("count(app_info) by (version)");
        let before = terminal.wait_for("/graph?g0.expr=");
        // Whole, and alone on its line.
        let prometheus = before.rsplit("\r\n").next().and_then(|line| line.strip_prefix("http://")).unwrap();
        assert_eq!(terminal.wait_for("\r\n"), "count%28app_info%29%20by%20%28version%29&g0.tab=0&g0.range_input=5m");
        assert!(is_open(prometheus), "{prometheus}");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
        assert!(!is_open(prometheus), "{prometheus} is still open");
    }

    #[test]
    fn a_prometheus_that_does_not_start_is_shown_with_its_reason() {
        let course = SmallCourse::with_program(&shop(PAGE));
        let program = course.path("bin/prometheus");
        course.write("bin/prometheus", "#!/bin/sh\necho 'no room for data' >&2\nexit 1\n");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut lab = watch(&course, &free_address());
        let path = std::env::var("PATH").unwrap();
        lab.env("PATH", format!("{}:{path}", program.parent().unwrap().display()));
        let mut terminal = Terminal::with(&lab);
        terminal.wait_for("1 of 3 steps are done");
        terminal.press("p");
        terminal.wait_for("note: prometheus ended");
        terminal.wait_for("no room for data");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
    }

    #[test]
    fn after_a_no_the_lesson_stays_as_it_is() {
        let course = SmallCourse::new();
        course.write(MAIN, &shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("r");
        terminal.wait_for("Put lessons/00-item-api back as it was at the start?");
        terminal.press("n");
        terminal.wait_for("What to do");
        terminal.press("q");
        terminal.end();
        assert_eq!(course.read(MAIN), shop("no page"));
        assert!(!course.path(".lab/kept").exists());
    }

    #[test]
    fn after_a_yes_the_lesson_is_put_back_and_the_files_are_kept() {
        let course = SmallCourse::in_git();
        course.write(MAIN, &shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("0 of 3 steps are done");
        terminal.press("r");
        terminal.wait_for("y yes");
        terminal.press("y");
        terminal.wait_for("The old files are in");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
        assert_eq!(course.read(MAIN), "fn main() {}");
        assert_eq!(fs::read_to_string(kept(&course).join("src/main.rs")).unwrap(), shop("no page"));
    }

    /// A page that does all of lesson 00.
    fn whole_page() -> String {
        let (version, rust) = (env!("CARGO_PKG_VERSION"), shop::RUST_VERSION);
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        let info = format!(r#"app_info{{version="{version}",rust_version="{rust}",os="{os}",arch="{arch}"}} 1"#);
        format!("{PAGE}# HELP app_info What runs.\n# TYPE app_info gauge\n{info}\n")
    }

    /// Lesson 01, with this program.
    fn with_a_second_lesson(course: &SmallCourse, program: &str) {
        course.write("lessons/01-counter/Cargo.toml", &package("lesson-01-counter"));
        course.write("lessons/01-counter/lesson.toml", include_str!("../../../../lessons/01-counter/lesson.toml"));
        course.write("lessons/01-counter/src/main.rs", program);
    }

    #[test]
    fn after_the_last_lesson_that_was_open_it_says_where_to_go_from_here() {
        let course = SmallCourse::with_program(&shop(&whole_page()));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("What you can do now");
        terminal.wait_for("git diff --no-index lessons/00-item-api/src solutions/00-item-api/src");
        terminal.wait_for("What you have built");
        terminal.wait_for("On Monday, in your own service");
        let keys = terminal.wait_for("q quit");
        assert!(!keys.contains("next lesson"), "{keys}");
        terminal.press("q");
        terminal.end();
    }

    #[test]
    fn a_key_leads_on_to_the_next_lesson() {
        let page = whole_page();
        let course = SmallCourse::with_program(&shop(&page));
        with_a_second_lesson(&course, &shop(&page));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.wait_for("n next lesson");
        terminal.press("n");
        terminal.wait_for("lessons/01-counter: Counters  0 of 7 steps are done");
        terminal.press("q");
        assert_eq!(terminal.end(), "0");
    }

    #[test]
    fn a_small_terminal_shows_what_to_do_and_the_keys() {
        let course = SmallCourse::with_program(&shop("no page"));
        let mut terminal = Terminal::with(&watch(&course, &free_address()));
        terminal.resize(40, 20);
        terminal.wait_for("✗ Serve the page");
        terminal.wait_for("What to do");
        let rest = terminal.wait_for("q quit");
        assert!(rest.contains("Expected") && rest.lines().count() < 20, "{rest}");
        terminal.press("q");
        terminal.end();
    }
}
