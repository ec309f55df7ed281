//! The families of the lesson.

use super::names::{DURATION, SUCCESS, UP};
use super::{activity, database, locks, own, settings, tables};

/// The names of all families of the lesson, for a snapshot; of the settings, those that the check looks at.
pub(crate) fn all() -> Vec<String> {
    let own = [UP, SUCCESS, DURATION].into_iter().chain(own::METRICS);
    let views = [database::STATISTICS, database::SIZES, tables::STATISTICS, tables::SIZES]
        .into_iter()
        .flatten()
        .map(|column| column.metric);
    let names = own.chain(views).chain(activity::METRICS).chain([locks::LOCKS]).map(str::to_owned);
    names.chain(settings::metrics()).collect()
}
