//! When the requests of `cargo lab load` are due.

use std::time::Duration;

use lab::commands::load::schedule::{Limit, Schedule};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn requests_are_due_at_even_distances() {
    let schedule = Schedule::new(&[4.0], Limit::Requests(3));
    let due: Vec<_> = schedule.due().collect();
    assert_eq!(due, [0, 250, 500].map(Duration::from_millis));
}

#[test]
fn a_duration_ends_before_the_next_request_would_be_due() {
    let schedule = Schedule::new(&[4.0], Limit::Duration(Duration::from_secs(2)));
    assert_eq!(schedule.due().count(), 8);
}

#[test]
fn a_number_of_requests_spans_as_long_as_it_takes_at_the_rate() {
    let schedule = Schedule::new(&[0.5], Limit::Requests(3));
    assert_eq!(schedule.span(), Duration::from_secs(6));
}

#[test]
fn several_rates_take_turns_of_a_minute() {
    let schedule = Schedule::new(&[1.0, 2.0], Limit::Duration(4 * MINUTE));
    let minutes = (0..4).map(|minute| minute * MINUTE);
    let count = |start| schedule.due().filter(|due| (start..start + MINUTE).contains(due)).count();
    let counts: Vec<_> = minutes.map(count).collect();
    assert_eq!(counts, [60, 120, 60, 120]);
}

#[test]
fn the_mean_rate_weighs_each_rate_by_its_time() {
    let schedule = Schedule::new(&[1.0, 2.0], Limit::Duration(4 * MINUTE));
    assert_eq!(schedule.mean_rate(MINUTE), 1.0);
    assert_eq!(schedule.mean_rate(2 * MINUTE), 1.5);
}

#[test]
fn the_lowest_and_the_highest_rate_have_a_schedule() {
    for rate in [0.01, 100_000.0] {
        let schedule = Schedule::new(&[rate], Limit::Requests(1_000));
        assert_eq!(schedule.due().count(), 1_000);
    }
}
