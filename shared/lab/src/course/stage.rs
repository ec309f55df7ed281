//! A copy of the course with one lesson alone, as on the branch of a lesson, and where the rest of the course is then.

use std::path::Path;
use std::process::Command;

use super::lesson::Lesson;
use crate::problem::Problem;

/// Where the last shop is, finished, on the branches of the lessons about other programs.
pub const FINISHED_SHOP: &str = "shared/finished-shop";

/// The branch on which a student begins a lesson, such as `lesson/03-histogram`.
pub fn lesson_branch(lesson: &Lesson) -> String {
    lesson_branch_named(lesson.name())
}

/// The same of the lesson of this name.
pub fn lesson_branch_named(lesson: &str) -> String {
    format!("lesson/{lesson}")
}

/// The branch that ends in the solution, such as `solution/03-histogram`.
pub fn solution_branch(lesson: &Lesson) -> String {
    format!("solution/{}", lesson.name())
}

/// All lessons that have checks, in order, whether this copy has them or not.
pub fn all_lessons() -> Vec<Lesson> {
    let mut names: Vec<_> = checks::lessons::all().map(|check| check.lesson).collect();
    names.dedup();
    names.into_iter().filter_map(Lesson::from_folder).collect()
}

/// The lesson after this one, whether this copy has it or not.
pub fn next(lesson: &Lesson) -> Option<Lesson> {
    all_lessons().into_iter().find(|other| other > lesson)
}

/// How git calls the branch with a lesson's solution here, and what has to be typed before, if it is not here yet.
pub fn solution(root: &Path, lesson: &Lesson) -> (String, Option<String>) {
    let branch = solution_branch(lesson);
    match known_as(root, &branch) {
        Some(name) => (name, None),
        None => ("FETCH_HEAD".to_owned(), Some(format!("git fetch origin {branch}"))),
    }
}

/// Why there is no solution in this copy, and where it is.
pub fn without_solution(root: &Path, lesson: &Lesson) -> Problem {
    let (name, before) = solution(root, lesson);
    let folder = format!("lessons/{}", lesson.name());
    let fetch = before.map_or_else(String::new, |fetch| format!("\n  {fetch}"));
    Problem::new(format!("this copy of the course has no solution of lesson {}", lesson.number())).advice(format!(
        "It is on the branch {}. See what yours still lacks:{fetch}\n  git diff {name} -- {folder}/src\nOr commit your work, \
         and take ours:{fetch}\n  git restore --source {name} -- {folder}",
        solution_branch(lesson)
    ))
}

/// How git calls a branch here: by its own name, or as that of another repository.
fn known_as(root: &Path, branch: &str) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["for-each-ref", "--format=%(refname)"]);
    git.args([format!("refs/heads/{branch}"), format!("refs/remotes/*/{branch}")]);
    let listed = git.output().ok().filter(|output| output.status.success())?;
    let listed = String::from_utf8(listed.stdout).ok()?;
    let name = listed.lines().next()?;
    Some(name.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/").to_owned())
}
