//! `cargo lab branches`, run as an instructor runs it, in clones of the course.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "branches/course.rs"]
mod course;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use course::{Clone, Repository, code, stderr, stdout};
use instructor::repository::committed;
use instructor::stages;
use lab::course::Course;
use lab::course::manifest::Manifest;
use lab::machine::cargo;

const HISTOGRAM: &[&str] = &["03-histogram"];

/// The branches of the whole course.
static PUBLISHED: LazyLock<Repository> = LazyLock::new(|| {
    let repository = Repository::empty();
    repository.publish(&Clone::of_all());
    repository
});

fn lessons() -> Vec<String> {
    let course = Course::of(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    course.lessons().iter().map(|lesson| lesson.name().to_owned()).collect()
}

#[test]
fn each_lesson_has_a_branch_and_so_has_each_solution() {
    let names: BTreeSet<_> = PUBLISHED.branches().into_keys().collect();
    let expected = lessons().into_iter().flat_map(|name| [format!("lesson/{name}"), format!("solution/{name}")]);
    assert_eq!(names, expected.collect());
}

#[test]
fn no_branch_has_a_file_of_a_solution_of_its_lesson_or_a_later_one() {
    let course = Clone::of_all();
    let ids = |folder: &str| -> BTreeSet<String> {
        let files = course.repository.files("HEAD").into_iter();
        files.filter(|(path, _)| path.starts_with(folder)).map(|(_, id)| id).collect()
    };
    for name in lessons() {
        let branch = PUBLISHED.files(&format!("lesson/{name}"));
        let given: BTreeSet<_> = ids(&format!("lessons/{name}/"));
        for later in lessons().into_iter().filter(|later| *later >= name) {
            let secret: BTreeSet<_> = ids(&format!("solutions/{later}/src/")).difference(&given).cloned().collect();
            let told: Vec<_> = branch.iter().filter(|(_, id)| secret.contains(*id)).collect();
            assert!(told.is_empty(), "lesson/{name} has {told:?} of {later}");
        }
    }
}

#[test]
fn no_branch_has_what_only_instructors_need_nor_another_lesson() {
    for name in lessons() {
        for path in PUBLISHED.files(&format!("solution/{name}")).into_keys() {
            let hidden = ["solutions/", "shared/course/", "shared/instructor/", ".ci/", ".github/"];
            assert!(!hidden.iter().any(|folder| path.starts_with(folder)), "{path}");
            let is_of_other = |folder: &str| {
                path.strip_prefix(folder).is_some_and(|rest| rest.contains('/') && !rest.starts_with(&name))
            };
            assert!(!is_of_other("lessons/") && !is_of_other("shared/lab/originals/"), "{path}");
        }
    }
}

#[test]
fn each_step_is_a_commit_with_its_title() {
    let course = Course::of(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    for lesson in course.lessons() {
        let name = lesson.name();
        let titles = PUBLISHED.git(&["log", "--reverse", "--format=%s", &format!("lesson/{name}..solution/{name}")]);
        let steps = Manifest::read(&course, lesson).unwrap().steps;
        assert_eq!(titles.lines().collect::<Vec<_>>(), steps.iter().map(|step| &step.title).collect::<Vec<_>>());
    }
}

#[test]
fn from_a_lesson_to_its_solution_only_the_solution_differs() {
    let course = Clone::of_all();
    for name in lessons() {
        let rename = |text: String| {
            let crate_name = |kind: &str| format!("{kind}-{name}");
            let underscored = |kind: &str| crate_name(kind).replace('-', "_");
            let number = name.split('-').next().unwrap();
            text.replace(&crate_name("solution"), &crate_name("lesson"))
                .replace(&underscored("solution"), &underscored("lesson"))
                .replace(&format!("run {number} --solution"), &format!("run {number}"))
        };
        let changed = PUBLISHED.git(&[
            "diff",
            "--no-renames",
            "--name-only",
            &format!("lesson/{name}"),
            &format!("solution/{name}"),
        ]);
        let changed: BTreeSet<_> = changed.lines().map(str::to_owned).collect();
        let mut expected = BTreeSet::new();
        for path in course.repository.files("HEAD").into_keys() {
            let Some(file) = path.strip_prefix(&format!("solutions/{name}/src/")) else { continue };
            let path_in_lesson = format!("lessons/{name}/src/{file}");
            let solved = rename(course.repository.git(&["show", &format!("HEAD:{path}")]));
            assert_eq!(PUBLISHED.git(&["show", &format!("solution/{name}:{path_in_lesson}")]), solved, "{path}");
            if PUBLISHED.git(&["show", &format!("lesson/{name}:{path_in_lesson}")]) != solved {
                expected.insert(path_in_lesson);
            }
        }
        assert_eq!(changed, expected);
    }
}

#[test]
fn each_link_of_a_branch_leads_somewhere() {
    for name in lessons() {
        let branch = format!("lesson/{name}");
        let files = PUBLISHED.files(&branch);
        // What is set aside is read where it is put back.
        let texts = files.keys().filter(|path| path.ends_with(".md") && !path.starts_with("shared/lab/originals/"));
        for path in texts {
            let text = PUBLISHED.git(&["show", &format!("{branch}:{path}")]);
            for link in course::links(&text).iter().filter(|link| !link.contains(':')) {
                let Some(target) = course::target(path, link) else { continue };
                assert!(files.keys().any(|file| *file == target), "{branch}: {path} links to {link}");
            }
        }
    }
}

#[test]
fn the_lessons_on_other_programs_come_with_the_finished_shop() {
    for name in ["05-postgres-exporter", "06-pushgateway"] {
        let manifest = PUBLISHED.git(&["show", &format!("lesson/{name}:shared/finished-shop/Cargo.toml")]);
        // As docker-compose.yml names it.
        assert!(manifest.contains("name = \"solution-04-summary\""), "{manifest}");
    }
    assert!(!PUBLISHED.files("lesson/04-summary").keys().any(|path| path.starts_with("shared/finished-shop")));
}

#[test]
fn a_branch_has_the_libraries_that_its_crates_need_and_no_others() {
    let manifest = PUBLISHED.git(&["show", "lesson/03-histogram:Cargo.toml"]);
    assert!(manifest.contains("members = [\"shared/*\", \"lessons/*\"]"), "{manifest}");
    assert!(manifest.contains("\naxum = ") && !manifest.contains("promql-parser"), "{manifest}");
    let lock = PUBLISHED.git(&["show", "lesson/03-histogram:Cargo.lock"]);
    assert!(lock.contains("\"axum\"") && !lock.contains("name = \"promql-parser\""));
    assert!(!lock.contains("solution-"));
}

#[test]
fn the_same_content_has_the_same_commits_whatever_is_configured() {
    let course = Clone::of(HISTOGRAM);
    let [plain, other] = [Repository::empty(), Repository::empty()];
    plain.publish(&course);
    let home = tempfile::tempdir().unwrap();
    let hooks = home.path().join("hooks");
    fs::create_dir(&hooks).unwrap();
    course::write_program(&hooks.join("reference-transaction"), "#!/bin/sh\nexit 1\n");
    let configuration = format!(
        "[user]\nname = Ana\nemail = ana@example.org\n[commit]\ngpgSign = true\n[core]\nautocrlf = true\nhooksPath = {0}\n\
         [init]\ntemplateDir = {0}\ndefaultBranch = trunk\n[i18n]\ncommitEncoding = ISO-8859-1\n[log]\nshowSignature = true\n",
        hooks.display()
    );
    fs::write(home.path().join(".gitconfig"), configuration).unwrap();
    let variables = [
        ("GIT_AUTHOR_NAME", "Bia"),
        ("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z"),
        ("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
        ("LC_ALL", "pt_BR.UTF-8"),
        ("TZ", "America/Sao_Paulo"),
    ];
    let mut command = course.branches(&["--into", other.path().to_str().unwrap()]);
    // Cargo has its own things at home.
    let cargo_home = std::env::var_os("CARGO_HOME")
        .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cargo").into());
    let rustup_home = std::env::var_os("RUSTUP_HOME")
        .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".rustup").into());
    command.env("CARGO_HOME", cargo_home).env("RUSTUP_HOME", rustup_home);
    let output = command.env("HOME", home.path()).envs(variables).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(plain.branches(), other.branches());
}

#[test]
fn neither_files_nor_index_nor_current_branch_of_the_course_are_touched() {
    let course = Clone::of(HISTOGRAM);
    let state = || {
        let index = fs::read(course.repository.path().join(".git/index")).unwrap();
        let head = fs::read(course.repository.path().join(".git/HEAD")).unwrap();
        (
            index,
            head,
            course.repository.git(&["status", "--porcelain", "--ignored"]),
            course.repository.git(&["rev-parse", "HEAD"]),
        )
    };
    let before = state();
    let output = course.branches(&[]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("git push --atomic origin 'refs/heads/lesson/*'"), "{}", stdout(&output));
    assert!(course.repository.branches().contains_key("solution/03-histogram"));
    assert_eq!(state(), before);
}

#[test]
fn a_change_of_one_lesson_moves_its_branches_and_no_others() {
    let course = Clone::of(&["00-item-api", "03-histogram"]);
    let bare = Repository::bare();
    bare.publish(&course);
    let before = bare.branches();
    course.append("lessons/03-histogram/README.md", "\nOne sentence more.\n");
    course.repository.commit();
    let output = bare.publish(&course);
    let moved: Vec<_> = output.lines().filter(|line| line.starts_with("moved")).collect();
    assert_eq!(moved.len(), 2, "{output}");
    assert!(moved.iter().all(|line| line.contains("/03-histogram ")), "{output}");
    let after = bare.branches();
    let unchanged = ["lesson/00-item-api", "solution/00-item-api"];
    assert!(unchanged.iter().all(|name| before[*name] == after[*name]), "{output}");
    assert_eq!(PUBLISHED.branches()["lesson/00-item-api"], after["lesson/00-item-api"]);
}

#[test]
fn a_shop_that_comes_later_is_not_the_finished_shop_beside_a_lesson() {
    let clone = Clone::of(&["04-summary", "05-postgres-exporter"]);
    let mut new = Command::new(env!("CARGO_BIN_EXE_instructor"));
    let output = new.args(["new", "07-alerts"]).current_dir(clone.repository.path()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    clone.repository.commit();
    let course = Course::of(clone.repository.path()).unwrap();
    let files = committed(course.root(), &[]).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let stage = stages::stage(&course, &files, course.lesson("05").unwrap(), scratch.path()).unwrap();
    let manifest = &stage.lesson.commits[0].files["shared/finished-shop/Cargo.toml"].content;
    let manifest = String::from_utf8_lossy(manifest);
    assert!(manifest.contains("name = \"solution-04-summary\""), "{manifest}");
}

#[test]
fn what_only_instructors_have_moves_no_branch() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    course.append("Cargo.toml", "\n# A comment.\n");
    let manifest = fs::read_to_string(course.repository.path().join("Cargo.toml")).unwrap();
    let manifest =
        manifest.replace("\n# A comment.\n", "").replace("\nanyhow = ", "\nsomething-of-ours = \"1\"\nanyhow = ");
    fs::write(course.repository.path().join("Cargo.toml"), manifest).unwrap();
    course.append("docs/src/architecture.md", "More.\n");
    course.repository.commit();
    let output = repository.publish(&course);
    assert_eq!(output.lines().filter(|line| line.starts_with("unchanged")).count(), 2, "{output}");
}

#[test]
fn a_branch_with_somebodys_commits_stays_and_so_do_all_others() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    repository.commit_on("lesson/03-histogram", "Rui Costa", "My own buckets");
    repository.git(&["branch", "--quiet", "-D", "solution/03-histogram"]);
    let before = repository.branches();
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    let text = stderr(&output);
    let id = &before["lesson/03-histogram"][..10];
    assert!(text.contains(&format!("|   {id} Rui Costa: My own buckets\n")), "{text}");
    assert!(!text.contains("cargo lab branches:"), "only what is somebody's: {text}");
    assert_eq!(repository.branches(), before);
}

#[test]
fn a_commit_of_ours_that_somebody_has_amended_is_theirs() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    repository.git(&["checkout", "--quiet", "solution/03-histogram"]);
    repository.git(&["commit", "--quiet", "--amend", "--allow-empty", "--no-edit"]);
    repository.git(&["checkout", "--quiet", "--detach"]);
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    assert!(stderr(&output).contains(": Keep the page clean"), "{}", stderr(&output));
}

#[test]
fn a_branch_that_is_checked_out_does_not_move_under_ones_feet() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    repository.git(&["checkout", "--quiet", "lesson/03-histogram"]);
    // As long as it need not move, it is in nobody's way.
    repository.publish(&course);
    course.append("lessons/03-histogram/README.md", "More.\n");
    course.repository.commit();
    let before = repository.branches();
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    let text = stderr(&output).replace('\n', " ");
    assert!(text.contains("lesson/03-histogram is checked out in"), "{text}");
    assert_eq!(repository.branches(), before);
}

#[test]
fn a_name_that_is_taken_is_said() {
    let course = Clone::of(HISTOGRAM);
    for (command, word) in [
        (&["branch", "lesson"][..], "there is a branch lesson,"),
        (&["branch", "solution/03-histogram/mine"], "there is a branch solution/03-histogram/mine,"),
        (&["tag", "lesson/03-histogram"], "there is a tag lesson/03-histogram,"),
        (&["symbolic-ref", "refs/heads/lesson/03-histogram", "refs/heads/main"], "is another name of a branch"),
    ] {
        let repository = Repository::with_a_commit();
        repository.git(command);
        let before = repository.branches();
        let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
        assert_eq!(code(&output), 3, "{}", stdout(&output));
        let text = stderr(&output).replace('\n', " ");
        assert!(text.contains(word), "{text}");
        assert_eq!(repository.branches(), before);
    }
}

#[test]
fn check_is_content_with_what_was_published_here_or_fetched_from_elsewhere() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::bare();
    repository.publish(&course);
    let clone = repository.cloned();
    for folder in [repository.path(), clone.path()] {
        let output = course.branches(&["--check", "--into", folder.to_str().unwrap()]).output().unwrap();
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        assert_eq!(stdout(&output), "✓ lesson/03-histogram\n✓ solution/03-histogram\n");
    }
}

#[test]
fn check_names_what_has_drifted_and_writes_nothing() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    repository.git(&["branch", "--quiet", "-D", "solution/03-histogram"]);
    repository.git(&["branch", "--quiet", "lesson/02-gauges", "lesson/03-histogram"]);
    course.append("lessons/03-histogram/src/lib.rs", "// More.\n");
    course.append("solutions/03-histogram/src/lib.rs", "// More.\n");
    course.repository.commit();
    let state = || (repository.branches(), repository.git(&["count-objects", "--verbose"]));
    let before = state();
    let output = course.branches(&["--check", "--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("✗ lesson/03-histogram is not as it should be\n  | M lessons/03-histogram/src/lib.rs\n"),
        "{text}"
    );
    assert!(text.contains("✗ solution/03-histogram is not there\n"), "{text}");
    assert!(text.contains("✗ lesson/02-gauges is of no lesson any more"), "{text}");
    assert_eq!(state(), before);
}

#[test]
fn what_is_not_committed_is_named_and_refused() {
    let course = Clone::of(HISTOGRAM);
    course.append("solutions/03-histogram/src/lib.rs", "// More.\n");
    course.append("lessons/03-histogram/src/more.rs", "// More.\n");
    course.append("notes.txt", "Nobody's business.\n");
    let repository = Repository::empty();
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output);
    assert!(text.contains("| lessons/03-histogram/src/more.rs\n  | solutions/03-histogram/src/lib.rs\n"), "{text}");
    assert!(!text.contains("notes.txt"), "{text}");
    assert_eq!(repository.branches(), BTreeMap::new());
    #[cfg(unix)]
    {
        course.append("lessons/03-histogram/src/a\u{1b}[2J\nb.rs", "// More.\n");
        let text = stderr(&course.branches(&[]).output().unwrap());
        assert!(text.contains("| lessons/03-histogram/src/a\u{241b}[2J\u{240a}b.rs\n"), "{text}");
    }
}

#[test]
fn a_detached_head_is_as_good_as_a_branch() {
    let course = Clone::of(HISTOGRAM);
    course.repository.git(&["checkout", "--quiet", "--detach"]);
    let repository = Repository::empty();
    repository.publish(&course);
    assert_eq!(repository.branches()["lesson/03-histogram"], PUBLISHED.branches()["lesson/03-histogram"]);
}

#[test]
fn steps_that_do_not_lead_to_the_solution_are_said_and_nothing_is_made() {
    let course = Clone::of(HISTOGRAM);
    course.append("solutions/03-histogram/src/lib.rs", "// More.\n");
    course.repository.commit();
    let repository = Repository::empty();
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output).replace('\n', " ");
    assert!(text.contains("the steps of 03-histogram do not lead to its solution"), "{text}");
    assert!(text.contains("`cargo lab verify 03`"), "{text}");
    assert_eq!(repository.branches(), BTreeMap::new());
}

#[test]
fn a_folder_that_is_no_repository_is_refused() {
    let course = Clone::of(HISTOGRAM);
    let folder = tempfile::tempdir().unwrap();
    let inside = course.repository.path().join("docs");
    for (into, word) in [
        (folder.path().join("missing"), "there is no folder"),
        (folder.path().to_owned(), "is no git repository"),
        (course.repository.path().join("Cargo.toml"), "is no folder"),
        (inside, "is a folder inside of a git repository"),
    ] {
        let mut command = course.branches(&["--into", into.to_str().unwrap()]);
        let output = command.env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap()).output().unwrap();
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        let text = stderr(&output).replace('\n', " ");
        assert!(text.contains(word), "{text}");
        assert_eq!(text.contains("git init"), word != "is no folder", "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_repository_whose_name_is_no_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt;

    let course = Clone::of(HISTOGRAM);
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join(std::ffi::OsStr::from_bytes(b"n\xff"));
    assert!(Command::new("git").args(["init", "--quiet"]).arg(&into).status().unwrap().success());
    let output = course.branches(&["--into"]).arg(&into).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    assert!(stderr(&output).contains("/n\u{fffd}/.git"), "{}", stderr(&output));
    assert!(stderr(&output).contains("Give it another name"), "{}", stderr(&output));
}

#[test]
fn a_working_tree_that_is_gone_is_in_nobodys_way() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    repository.publish(&course);
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    repository.git(&["worktree", "add", "--quiet", tree.to_str().unwrap(), "lesson/03-histogram"]);
    fs::remove_dir_all(tree).unwrap();
    course.append("lessons/03-histogram/README.md", "More.\n");
    course.repository.commit();
    let output = repository.publish(&course);
    assert!(output.contains("moved      lesson/03-histogram"), "{output}");
}

#[test]
fn a_course_that_is_in_no_repository_is_said() {
    let course = Clone::of(HISTOGRAM);
    fs::remove_dir_all(course.repository.path().join(".git")).unwrap();
    let mut command = course.branches(&[]);
    let output = command.env("GIT_CEILING_DIRECTORIES", course.repository.path().parent().unwrap()).output().unwrap();
    assert_eq!(code(&output), 3);
    let text = stderr(&output).replace('\n', " ");
    assert!(text.contains("is in no git repository") && text.contains("clone of the course"), "{text}");
}

#[test]
fn without_git_it_says_where_to_get_it() {
    let output = Clone::of(HISTOGRAM).branches(&[]).env("PATH", "").output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("error: git is not installed"), "{}", stderr(&output));
}

#[test]
fn where_nothing_can_be_written_no_branch_moves() {
    let course = Clone::of(HISTOGRAM);
    let repository = Repository::empty();
    // A folder cannot be where a file is, whoever one is.
    let packs = repository.path().join(".git/objects/pack");
    fs::remove_dir(&packs).unwrap();
    fs::write(&packs, "").unwrap();
    let output = course.branches(&["--into", repository.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&output), 3, "{}", stdout(&output));
    let text = stderr(&output).replace('\n', " ");
    assert!(text.contains("git cannot write the commits") && text.contains("each branch is as it was"), "{text}");
    assert_eq!(repository.branches(), BTreeMap::new());
}

/// Slow: it builds `cargo lab` and the shop of the branch.
#[test]
fn a_student_begins_on_a_lesson_branch_and_is_done_on_the_solution_branch() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Always the same folder, so that a second run builds little.
    let clone = Repository::clone_into(&PUBLISHED, &target.join("stage"));
    let lab = |arguments: &[&str]| {
        let mut cargo = cargo::cargo();
        cargo.args(["--offline", "lab"]).args(arguments).current_dir(clone.path());
        // Beside the programs of this copy, and with the libraries that are built for it. Cargo tells two copies of a member
        // apart by their profiles alone: else it would take what it builds here for what it has built of this course.
        cargo.env("CARGO_BUILD_BUILD_DIR", target.join("..")).env("CARGO_TARGET_DIR", clone.path().join("target"));
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "none");
        cargo.output().unwrap()
    };
    clone.switch("lesson/03-histogram");
    let output = lab(&["check", "03"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("Add the histogram `http_request_duration_seconds` to the page."));
    let output = lab(&["solve", "03", "--yes"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("git diff origin/solution/03-histogram"), "{}", stderr(&output));
    assert_eq!(clone.git(&["status", "--porcelain"]), "");

    clone.switch("solution/03-histogram");
    let output = lab(&["check", "03"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("git switch lesson/04-summary"), "{}", stdout(&output));
    assert_eq!(code(&lab(&["reset", "03", "--yes"])), 0);
    assert_eq!(clone.git(&["diff", "lesson/03-histogram", "--", "lessons"]), "");
    clone.git(&["checkout", "--quiet", "."]);
    assert_eq!(clone.git(&["status", "--porcelain"]), "");
}
