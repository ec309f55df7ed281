//! The metrics of this lesson, and why they matter.

pub(in crate::lessons) const ADDITIONS: &str = "cart_additions_total";
pub(in crate::lessons) const REQUESTS: &str = "http_requests_total";
pub(in crate::lessons) const EXCEPTIONS: &str = "http_exceptions_total";

pub(in crate::lessons) const WHY_ADDITIONS: &str = "TechCommerce buys stock by what this counter says is popular.";
pub(in crate::lessons) const WHY_REQUESTS: &str = "The share of failed requests is the first number that anybody asks for in an incident, and the base of every alert.";
pub(in crate::lessons) const WHY_EXCEPTIONS: &str =
    "An alert on server errors wakes somebody up. It must fire for the shop's own faults, and for nothing else.";
