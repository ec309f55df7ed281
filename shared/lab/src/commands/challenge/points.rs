//! The list of the challenge: each point, and the checks that judge it.

use checks::{Check, lessons};
use clap::builder::{PossibleValue, PossibleValuesParser};

/// A point of the list.
#[derive(Debug)]
pub struct Point {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// What has to be so.
    pub title: &'static str,
    /// Whose checks judge it: a lesson, or the challenge itself.
    pub lesson: &'static str,
    /// The names of these checks.
    pub checks: &'static [&'static str],
}

/// The point that takes several replicas.
pub(super) const REPLICAS: &str = "replicas";

/// All of them, in the order in which they are judged and told. The last step of each lesson looks at the whole page: that is
/// one check, and it is run once.
pub const ALL: &[Point] = &[
    Point {
        name: "page",
        title: "The page is there, is clean, and says what runs",
        lesson: "00-item-api",
        checks: &["metrics-page", "app-info", "clean-page"],
    },
    Point {
        name: "products",
        title: "Additions to carts are counted by product, from 0 on",
        lesson: "01-counter",
        checks: &["cart-additions", "products-at-zero"],
    },
    Point {
        name: "requests",
        title: "Answers are counted by method, route and status",
        lesson: "01-counter",
        checks: &["requests", "bounded-labels"],
    },
    Point {
        name: "errors",
        title: "Server errors are counted by what made them",
        lesson: "01-counter",
        checks: &["exceptions", "panics"],
    },
    Point {
        name: "progress",
        title: "Requests in progress come on, and always go off",
        lesson: "02-gauge",
        checks: &["requests-in-progress", "in-progress-returns"],
    },
    Point {
        name: "sessions",
        title: "Sessions with an open cart are those of the database",
        lesson: "02-gauge",
        checks: &["open-carts"],
    },
    Point {
        name: "pool",
        title: "The connection pool is read at each scrape",
        lesson: "02-gauge",
        checks: &["connection-pool"],
    },
    Point {
        name: "machine",
        title: "CPU, memory and disk are sampled in the background",
        lesson: "02-gauge",
        checks: &["system", "sampling"],
    },
    Point {
        name: "latency",
        title: "Latency is in a histogram with a bound at the promise",
        lesson: "03-histogram",
        checks: &["latency-histogram", "seconds", "every-outcome", "bounded-labels"],
    },
    Point {
        name: "database",
        title: "Database calls are timed in a summary by operation",
        lesson: "04-summary",
        checks: &[
            "latency-summary",
            "every-query",
            "failed-queries",
            "bounded-operations",
            "waiting",
            "sliding-window",
        ],
    },
    Point {
        name: REPLICAS,
        title: "Three replicas on one database add up",
        lesson: "challenge",
        checks: &["replicas"],
    },
];

impl Point {
    /// The checks that judge it.
    pub fn checks(&self) -> impl Iterator<Item = &'static Check> {
        self.checks.iter().filter_map(|name| lessons::find(self.lesson, name))
    }
}

/// Takes the name of a point.
pub(super) fn parser() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|point| PossibleValue::new(point.name).help(point.title)))
}
