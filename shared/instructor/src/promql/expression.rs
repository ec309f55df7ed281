//! The syntax tree of a query, and how to find something in it.

use promql_parser::label::METRIC_NAME;
use promql_parser::parser::{Expr, VectorSelector};
use promql_parser::util::{ExprVisitor, walk_expr};

/// The first thing that `look` finds in an expression or in its parts.
pub(super) fn find<T>(expression: &Expr, look: impl FnMut(&Expr) -> Option<T>) -> Option<T> {
    walk_expr(&mut Finder(look), expression).err()
}

struct Finder<F>(F);

impl<T, F: FnMut(&Expr) -> Option<T>> ExprVisitor for Finder<F> {
    /// What was found: like an error, it ends the walk.
    type Error = T;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, T> {
        (self.0)(expression).map_or(Ok(true), Err)
    }
}

/// The name of a metric, be it before the braces or in them.
pub(super) fn metric_name(selector: &VectorSelector) -> String {
    let label = || selector.matchers.find_matchers(METRIC_NAME).first().map(|matcher| matcher.value.clone());
    selector.name.clone().or_else(label).unwrap_or_default()
}
