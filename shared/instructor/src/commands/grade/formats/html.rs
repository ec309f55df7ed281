//! One page for the class and one for each student, in a single file without a link to another: it can be mailed.
//!
//! Everything that is not written here goes through the macro, which escapes it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::sheet::status;
use super::table::places;
use crate::commands::grade::report::{Graded, GradedLesson, GradedStep, LessonOfClass, Report, State, Status};
use crate::commands::grade::similarity::Pair;

const STYLE: &str = "
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4 }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
div.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { overflow-wrap: normal; text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8886 }
td.number, th.number { text-align: right; white-space: nowrap }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8886; white-space: pre-wrap; overflow-wrap: anywhere }
.passed { color: #1a7f37 } .failed { color: #cf222e } .aside { opacity: .75 } .aside .aside { opacity: 1 }
@media (prefers-color-scheme: dark) { .passed { color: #4ac26b } .failed { color: #ff7b72 } }
section.student { border-top: 3px solid #8886; margin-top: 3rem; break-before: page }
";

pub(super) fn write(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Whatever a student has written: no program of a page runs here, and nothing is loaded.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Grades" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Grades" }
                (overview(report))
                @for lesson in &report.lessons { (of_class(lesson)) }
                (similar(&report.similar))
                p.aside { "Isolation of students' code: " (report.isolation) "." }
                @for (index, student) in report.students.iter().enumerate() { (page_of(index, student)) }
            }
        }
    };
    page.into_string()
}

fn overview(report: &Report) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th { "Student" }
                @for lesson in &report.lessons { th.number { (lesson.name) } }
                th.number { "Points" }
                th { "What is next" }
            } }
            tbody { @for (index, student) in report.students.iter().enumerate() { tr {
                td { a href={ "#student-" (index) } { (student.name) } }
                @for lesson in &student.lessons { td.number { (lesson.points) " of " (lesson.of) } }
                td.number { strong { (student.points) " of " (student.of) } }
                td { @if let Some(reason) = student.first_reason() { (reason) } }
            } } }
        } }
    }
}

fn of_class(lesson: &LessonOfClass) -> Markup {
    html! {
        h2 { (lesson.name) ": " (lesson.title) }
        div.wide { table {
            thead { tr { th { "Step" } th.number { "Done" } th { "What stands in the way" } } }
            tbody { @for step in &lesson.steps { tr {
                td { (step.title) }
                td.number { (step.passed) " of " (step.of) }
                td { @for (reason, count) in &step.reasons { div { (count) " of " (step.of) ": " (reason) } } }
            } } }
        } }
    }
}

fn similar(pairs: &[Pair]) -> Markup {
    html! {
        @if !pairs.is_empty() {
            h2 { "They share more than the starter and the solution explain" }
            p { "A hint for a talk, and no verdict: two may have learned from the same page, or from each other." }
            div.wide { table {
                thead { tr { th { "Lesson" } th { "One" } th { "The other" } } }
                tbody { @for pair in pairs { tr {
                    td { (pair.lesson) }
                    @for index in 0..2 { td { (pair.students[index]) div.aside { (places(&pair.places[index])) } } }
                } } }
            } }
        }
    }
}

fn page_of(index: usize, student: &Graded) -> Markup {
    html! {
        section.student id={ "student-" (index) } {
            h2 { (student.name) ": " (student.points) " of " (student.of) }
            p.aside { (student.kind) @if !student.tree.is_empty() { ", tree " code { (student.tree) } } }
            @if let Some(problem) = &student.problem { p.failed { (problem) } }
            (notes(&student.notes))
            @for lesson in &student.lessons { (lesson_of(lesson, student.problem.is_some())) }
        }
    }
}

fn notes(notes: &[String]) -> Markup {
    html! { @if !notes.is_empty() { ul { @for note in notes { li { (note) } } } } }
}

fn lesson_of(lesson: &GradedLesson, is_unread: bool) -> Markup {
    html! {
        h3 { (lesson.name) ": " (lesson.points) " of " (lesson.of) }
        @match lesson.state {
            // The reason stands above.
            State::Missing if is_unread => {},
            State::Missing => p { "It was not handed in." },
            State::NotBegun => p { "It is as it was handed out." },
            State::Judged => p.aside {
                (format!("{:.1} s, of which the build took {:.1} s", lesson.seconds, lesson.build_seconds))
                @if let Some(at) = &lesson.judged_before { ", judged before, " (at) }
            },
        }
        (notes(&lesson.notes))
        @if let Some(trouble) = &lesson.trouble { pre { (trouble.words()) } }
        @if lesson.state == State::Judged {
            div.wide { table {
                thead { tr { th { "Step" } th { "Verdict" } th.number { "Points" } th.number { "Known after" } } }
                tbody { @for step in &lesson.steps { (row(step)) } }
            } }
            // The first one is explained: the others may come from it.
            @if let Some(step) = lesson.steps.iter().find(|step| step.explanation.is_some()) { (explained(step)) }
        }
    }
}

fn row(step: &GradedStep) -> Markup {
    let class = match step.status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::NotCounted | Status::NotJudged => "aside",
    };
    html! { tr {
        td { (step.title) }
        td class=(class) { (status(step.status)) @if let Some(reason) = &step.reason { div.aside { (reason) } } }
        td.number { (step.points) " of " (step.of) }
        td.number { @if let Some(seconds) = step.seconds { (format!("{seconds:.1} s")) } }
    } }
}

fn explained(step: &GradedStep) -> Markup {
    html! { @if let Some(explanation) = &step.explanation {
        h4 { (step.title) }
        p { strong { (explanation.change) } }
        p { "Expected: " (explanation.expected) }
        p { "Seen:" }
        pre { (explanation.seen) }
        p { "What this usually is: " (explanation.mistake) }
        p { "Why it matters: " (explanation.why) }
    } }
}
