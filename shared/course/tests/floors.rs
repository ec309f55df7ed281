//! One floor above the other: which file may know which, as `docs/src/architecture.md` says.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;

use course::imports::Imports;
use tempfile::TempDir;

/// The libraries of the course, but for the lessons, which are the student's own, and the shops of the solutions: five
/// files whose `lib.rs` holds the state that all of them share.
const LIBRARIES: [&str; 10] = [
    "shared/book",
    "shared/checks",
    "shared/course",
    "shared/exposition",
    "shared/instructor",
    "shared/lab",
    "shared/shop",
    "shared/summary",
    "solutions/05-postgres-exporter",
    "solutions/06-pushgateway",
];

#[test]
fn in_lab_nothing_imports_from_a_floor_above() {
    assert_floors("shared/lab");
}

#[test]
fn in_instructor_nothing_imports_from_a_floor_above() {
    assert_floors("shared/instructor");
}

#[test]
fn in_checks_nothing_imports_from_a_floor_above() {
    assert_floors("shared/checks");
}

#[test]
fn no_subcommand_knows_another() {
    for library in ["shared/lab", "shared/instructor"] {
        let imports = imports_of(library);
        let between = imports.pairs().filter(|(file, import)| {
            let subcommands = [file, import].map(|file| subcommand(file));
            subcommands.iter().all(Option::is_some) && subcommands[0] != subcommands[1]
        });
        assert_none(between.map(|(file, import)| format!("{library}: {} knows {}", file.display(), import.display())));
    }
}

#[test]
fn crates_know_only_those_below_them() {
    let below: [(&str, &[&str]); 7] = [
        ("shop", &[]),
        ("summary", &[]),
        ("exposition", &[]),
        ("checks", &["exposition", "shop"]),
        ("lab", &["checks", "shop"]),
        ("instructor", &["checks", "lab"]),
        ("course", &["checks", "instructor", "lab"]),
    ];
    for (name, known) in below {
        let manifest = fs::read_to_string(course::path(&format!("shared/{name}/Cargo.toml"))).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap().keys().map(String::as_str);
        let ours: Vec<_> = dependencies.filter(|name| below.iter().any(|(other, _)| other == name)).collect();
        assert_eq!(ours, known, "what {name} knows");
    }
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let circles = LIBRARIES.into_iter().flat_map(|library| {
        let circles = circles(&imports_of(library));
        circles.into_iter().map(move |circle| format!("in {library}: {}", circle.join(", ")))
    });
    assert_none(circles);
}

#[test]
fn an_import_from_a_floor_above_is_named() {
    let library = Library::new(&[("lib", "mod low; mod high;"), ("low", "use crate::high::High;"), ("high", "")]);
    let upward = library.imports().upward(&floors(&[&["lib"], &["high"], &["low"]]));
    assert_eq!(upward, ["low.rs imports from high.rs"]);
}

#[test]
fn an_import_from_a_floor_below_is_fine() {
    let library = Library::new(&[("lib", "mod low; mod high;"), ("low", ""), ("high", "use crate::low::Low;")]);
    assert_eq!(library.imports().upward(&floors(&[&["lib"], &["high"], &["low"]])), Vec::<String>::new());
}

#[test]
fn a_file_belongs_to_the_room_of_its_folder() {
    let library = Library::new(&[
        ("lib", "mod low; mod high;"),
        ("low", "mod part;"),
        ("low/part", "use crate::high;"),
        ("high", ""),
    ]);
    assert_eq!(
        library.imports().upward(&floors(&[&["lib"], &["high"], &["low"]])),
        ["low/part.rs imports from high.rs"]
    );
}

#[test]
fn a_room_that_is_on_no_floor_is_named() {
    let library = Library::new(&[("lib", "mod cellar;"), ("cellar", "")]);
    assert_eq!(library.imports().upward(&floors(&[&["lib"]])), ["cellar.rs is on no floor"]);
}

#[test]
fn files_that_import_each_other_are_a_circle() {
    let library = Library::new(&[
        ("lib", "mod one; mod two; mod three; mod four;"),
        ("one", "use crate::two::Two;"),
        ("two", "use crate::three::Three;"),
        ("three", "use crate::one::One;"),
        ("four", "use crate::one::One;"),
    ]);
    assert_eq!(library.circles(), [["one.rs", "three.rs", "two.rs"]]);
}

#[test]
fn a_file_and_one_that_it_declares_can_be_a_circle() {
    let library = Library::new(&[
        ("lib", "mod outer;"),
        ("outer", "mod inner; use inner::Inner;"),
        ("outer/inner", "use super::Outer;"),
    ]);
    assert_eq!(library.circles(), [["outer/inner.rs", "outer.rs"]]);
}

#[test]
fn to_declare_a_file_is_no_import() {
    let library = Library::new(&[("lib", "mod outer;"), ("outer", "mod inner;"), ("outer/inner", "use super::Outer;")]);
    assert!(library.circles().is_empty());
}

#[test]
fn every_way_to_name_something_is_an_import() {
    for import in [
        "use crate::other::Other;",
        "use crate::{other::Other as It, lib};",
        "use super::other::*;",
        "pub use crate::other;",
        "fn call() { crate::other::call() }",
        "fn call() { super::other::call() }",
        "fn take(other: Vec<super::other::Other>) {}",
        "fn call() { println!(\"{}\", if true { super::other::call() } else { 0 }) }",
        "mod inside { use super::super::other::Other; }",
        "mod inside { fn call() { crate::other::call() } }",
    ] {
        let library =
            Library::new(&[("lib", "mod one; mod other;"), ("one", import), ("other", "use crate::one::One;")]);
        assert_eq!(library.circles(), [["one.rs", "other.rs"]], "{import}");
    }
}

#[test]
fn who_may_know_something_is_no_import() {
    let library = Library::new(&[
        ("lib", "mod outer;"),
        ("outer", "mod inner; use inner::call;"),
        ("outer/inner", "pub(in crate::outer) fn call() {}"),
    ]);
    assert!(library.circles().is_empty());
}

#[test]
fn a_name_of_another_crate_is_no_import() {
    let library = Library::new(&[
        ("lib", "mod one; mod std;"),
        ("one", "use std::fs; fn call() { let inside = 1; inside; self::call() }"),
        ("std", "use crate::one::One;"),
    ]);
    assert!(library.circles().is_empty());
}

/// What `docs/src/architecture.md` has in the table of a crate's floors, below its `lib.rs`.
fn floors_of(library: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(course::path("docs/src/architecture.md")).unwrap();
    let table = text.split(&format!("| floor of `{library}` |")).nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let rooms = |row: &str| {
        let names = row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2);
        names.map(|name| name.trim_end_matches(".rs").trim_end_matches('/').to_owned()).collect()
    };
    let floors: Vec<Vec<String>> = [vec!["lib".to_owned()]].into_iter().chain(rows.map(rooms)).collect();
    assert!(floors.len() > 4, "{floors:?}");
    floors
}

#[track_caller]
fn assert_floors(library: &str) {
    assert_none(imports_of(library).upward(&floors_of(library)));
}

/// The name of the subcommand that a file belongs to.
fn subcommand(file: &Path) -> Option<String> {
    let name = file.strip_prefix("commands").ok()?.components().next()?.as_os_str();
    Some(Path::new(name).file_stem()?.to_string_lossy().into_owned())
}

fn imports_of(library: &str) -> Imports {
    Imports::of(&course::path(library).join("src")).unwrap()
}

fn floors(rooms: &[&[&str]]) -> Vec<Vec<String>> {
    rooms.iter().map(|rooms| rooms.iter().map(|room| (*room).to_owned()).collect()).collect()
}

#[track_caller]
fn assert_none(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<_> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let names = |circle: Vec<&Path>| circle.iter().map(|file| file.display().to_string()).collect();
    imports.circles().into_iter().map(names).collect()
}

/// A library that was made up.
struct Library {
    folder: TempDir,
}

impl Library {
    /// The name of each file, without `.rs`, and what is in it.
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name).with_extension("rs");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn imports(&self) -> Imports {
        Imports::of(self.folder.path()).unwrap()
    }

    fn circles(&self) -> Vec<Vec<String>> {
        circles(&self.imports())
    }
}
