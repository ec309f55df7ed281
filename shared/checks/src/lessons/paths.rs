//! The label `path`: a value of its own for each route, whatever the framework calls it.

use std::collections::{BTreeMap, BTreeSet};

use super::traffic::{Route, Sent};
use crate::outcome::{Failure, Outcome};

const WHY: &str = "A shop whose checkout fails, while its start page works, looks fine in the sum of all routes.";

/// Which values of `path` were seen, and for what.
#[derive(Debug, Default)]
pub(super) struct Paths {
    seen: BTreeMap<Route, BTreeMap<String, Vec<String>>>,
}

impl Paths {
    /// Takes down under which path a request was counted.
    pub(super) fn saw(&mut self, sent: &Sent, path: &str) {
        if is_refused_by_the_server(sent) {
            return;
        }
        let values = self.seen.entry(sent.request.route).or_default();
        values.entry(path.to_owned()).or_default().push(sent.line());
    }

    /// Ends the check where two routes share a value.
    pub(super) fn differ(&self, metric: &str) -> Outcome {
        let Some((value, sharing)) = self.values().into_iter().find(|(_, routes)| routes.len() > 1) else {
            return Ok(());
        };
        let examples: Vec<_> = sharing.iter().filter_map(|route| self.example(*route, value)).collect();
        Failure::change(format!("Put the route's template into the label `path` of `{metric}`."))
            .expected(format!("a `path` of its own for each route: {}", templates(&sharing)))
            .seen(examples)
            .mistake(self.why_shared(&sharing))
            .why(WHY)
            .stop()
    }

    /// Ends the check where a route has more than one value.
    pub(super) fn are_one_each(&self, metric: &str) -> Outcome {
        let Some((route, values)) = self.seen.iter().find(|(_, values)| values.len() > 1) else { return Ok(()) };
        let examples = values.keys().filter_map(|value| self.example(*route, value));
        let mistake = if *route == Route::Unmatched {
            "Paths that no route matches are told apart, such as by their method or their first part. What bots make up is one kind of request, and wants one value."
        } else {
            "The path depends on what was answered, on the method or on the address as it was sent. The route is the same, whatever comes of a request."
        };
        Failure::change(format!("Give each route one value in the label `path` of `{metric}`, whatever its answer."))
            .expected(format!("one `path` for all these requests, such as `{}`", route.template()))
            .seen(examples)
            .mistake(mistake)
            .why("Whoever looks for the errors of a route looks for its path. Those under another path are not found, and the share of errors is wrong for both.")
            .stop()
    }

    fn values(&self) -> BTreeMap<&str, BTreeSet<Route>> {
        let mut values: BTreeMap<&str, BTreeSet<Route>> = BTreeMap::new();
        for (route, of_route) in &self.seen {
            for value in of_route.keys() {
                values.entry(value).or_default().insert(*route);
            }
        }
        values
    }

    fn example(&self, route: Route, value: &str) -> Option<String> {
        let lines = self.seen.get(&route)?.get(value)?;
        Some(format!("{}   has path=\"{value}\"", lines.first()?))
    }

    fn why_shared(&self, sharing: &BTreeSet<Route>) -> &'static str {
        if self.values().len() == 1 {
            return "The label holds a constant, or the middleware runs where axum does not know the route yet.";
        }
        if sharing.contains(&Route::Unmatched) {
            return "A request to a route is taken for one that no route matches. It is the route that counts, not the status: `/items/999` has a route, and what is missing is the item.";
        }
        "Only a part of the path is kept, such as its first segment."
    }
}

/// A server may refuse a method that HTTP does not know before anybody has looked for its route.
fn is_refused_by_the_server(sent: &Sent) -> bool {
    sent.answer.status == 400 && shop::standard_method(&sent.request.method).is_none()
}

fn templates(routes: &BTreeSet<Route>) -> String {
    routes.iter().map(|route| format!("`{}`", route.template())).collect::<Vec<_>>().join(", ")
}
