//! Each image has the version that `docker-compose.yml` chooses, wherever it is named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use course::path;
use walkdir::{DirEntry, WalkDir};

/// Where services have versions, beside the compose file.
const PLACES: [&str; 2] = ["kubernetes", "shared/checks/src/services"];

#[test]
fn every_service_has_the_version_of_the_compose_file() {
    let chosen: BTreeMap<_, _> = images(&fs::read_to_string(path("docker-compose.yml")).unwrap()).into_iter().collect();
    let mut compared = 0;
    for file in PLACES.iter().flat_map(|place| files(&path(place))) {
        for (name, version) in images(&fs::read_to_string(&file).unwrap()) {
            assert_eq!(Some(&version), chosen.get(&name), "{name} in {}", file.display());
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} images were compared");
}

#[test]
fn one_service_has_one_version() {
    let mut chosen = BTreeMap::new();
    for (name, version) in images(&fs::read_to_string(path("docker-compose.yml")).unwrap()) {
        let other = chosen.insert(name.clone(), version.clone());
        assert!(other.is_none_or(|other| other == version), "{name} has two versions");
    }
    assert!(chosen.len() >= 7, "{chosen:?}");
}

/// The name and the version of each public image that a text names, as `image: NAME:VERSION` or as a Rust string. Another
/// system below the same program, such as Alpine, is the same version.
fn images(text: &str) -> Vec<(String, String)> {
    let value = |line: &str| {
        let value = line.trim().trim_start_matches("- ").strip_prefix("image: ").map(str::to_owned);
        value.or_else(|| Some(line.strip_prefix("const IMAGE: &str = \"")?.strip_suffix("\";")?.to_owned()))
    };
    let image = |image: String| {
        let (name, version) = image.split_once(':')?;
        Some((name.to_owned(), version.trim_end_matches("-alpine").to_owned()))
    };
    text.lines().filter_map(value).filter_map(image).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).into_iter().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path).collect()
}
