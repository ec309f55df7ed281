//! What a browser loads of the live page.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// The most that a browser may have to load, in bytes.
const MOST: u64 = 150_000;

/// The files of uPlot 1.6.32, as npm has them.
const VENDORED: [(&str, &str); 3] = [
    ("LICENSE", "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd"),
    ("uPlot.iife.min.js", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"),
    ("uPlot.min.css", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"),
];

#[test]
fn uplot_is_what_its_authors_published() {
    for (file, expected) in VENDORED {
        let hash: String = Sha256::digest(fs::read(page().join("vendor").join(file)).unwrap())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hash, expected, "{file}");
    }
}

#[test]
fn a_browser_loads_little() {
    let files = WalkDir::new(page()).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let loaded = files.filter(|entry| entry.file_name() != "LICENSE").map(|entry| entry.metadata().unwrap().len());
    let size: u64 = loaded.sum();
    assert!(size <= MOST, "{size} bytes");
}

#[test]
fn nothing_is_loaded_from_elsewhere_and_no_script_or_style_stands_in_the_page() {
    let html = fs::read_to_string(page().join("index.html")).unwrap();
    let links =
        html.split(['"', '\'']).filter(|piece| piece.contains("://") && !piece.starts_with("http://www.w3.org/"));
    assert_eq!(links.collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(!html.contains("style=") && !html.contains("<style"));
    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script src=").count() + html.matches("<script type=\"module\" src=").count()
    );
}

#[test]
fn no_script_makes_elements_out_of_text() {
    for entry in WalkDir::new(page()).max_depth(1).into_iter().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "js") {
            let script = fs::read_to_string(entry.path()).unwrap();
            for dangerous in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!script.contains(dangerous), "{}: {dangerous}", entry.path().display());
            }
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/live/page")
}
