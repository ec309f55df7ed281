//! The checks of this lesson, run against this crate's own program, with a real Pushgateway.

use checks::testing::ProgramLesson;

const LESSON: ProgramLesson =
    ProgramLesson { name: "06-pushgateway", program: env!("CARGO_BIN_EXE_lesson-06-pushgateway") };

#[test]
fn a_run_pushes_its_result() {
    LESSON.check("result");
}

#[test]
fn each_step_is_timed() {
    LESSON.check("step-durations");
}

#[test]
fn any_number_of_runs_leaves_one_group() {
    LESSON.check("one-group");
}

#[test]
fn a_failing_run_keeps_the_last_success() {
    LESSON.check("failing-run");
}

#[test]
fn the_work_stays_done_when_the_gateway_is_down() {
    LESSON.check("gateway-down");
}

#[test]
fn the_group_is_deleted_on_demand() {
    LESSON.check("delete-group");
}

#[test]
fn the_page_follows_the_rules_of_prometheus() {
    LESSON.check("clean-page");
}

#[test]
fn the_gateways_page_is_as_in_the_snapshot() {
    if let Some(page) = LESSON.page() {
        insta::assert_snapshot!("gateway", page);
    }
}

#[test]
fn what_prometheus_sees_is_as_in_the_snapshot() {
    if let Some(view) = LESSON.prometheus_view() {
        insta::assert_snapshot!("prometheus", view);
    }
}
