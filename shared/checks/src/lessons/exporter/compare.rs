//! Why the series of a view are not what PostgreSQL says.

use exposition::Sample;
use tokio::time::Instant;

use super::lines::{last_log_lines, lines, series};
use super::missing::{Cause, has_failed};
use super::view::{Look, View, What, Wrong};
use crate::outcome::{Failure, Outcome};
use crate::subject::app::PATIENCE;
use crate::subject::exporter::Exporter;
use crate::subject::session::{Session, literal};

/// The families are there, their series are exactly the rows, and their values PostgreSQL's own at the time of the scrape.
pub(super) async fn is_on_the_page(view: &View<'_>, exporter: &Exporter, session: &mut Session) -> Outcome {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let look = view.look(exporter, session).await?;
        let Some(wrong) = view.first_wrong(exporter, &look)? else { return Ok(()) };
        if !wrong.is_final() && Instant::now() < deadline {
            continue;
        }
        return match &wrong.what {
            What::Missing { row } if is_null(view, session, &look, &wrong, row).await? => {
                null(view, &look, &wrong, row)
            }
            What::Missing { row } => missing(view, exporter, &look, &wrong, row),
            What::Unknown { sample } => unknown(view, &wrong, sample),
            What::Differs { row, number, value } => differs(view, &look, &wrong, row, (*number, *value)),
        }
        .stop();
    }
}

/// Whether the row has null there, and nothing has failed.
async fn is_null(
    view: &View<'_>,
    session: &mut Session,
    look: &Look,
    wrong: &Wrong<'_>,
    row: &[String],
) -> Outcome<bool> {
    let Some(null) = &wrong.column.null else { return Ok(false) };
    if has_failed(&look.page, wrong.column.metric) {
        return Ok(false);
    }
    let row = condition(view, row);
    let sql =
        format!("SELECT ({} IS NULL)::int::float8 FROM {} WHERE {} AND {row}", null.column, view.from, view.filter);
    Ok(session.number(&sql).await? == 1.0)
}

fn null(view: &View<'_>, look: &Look, wrong: &Wrong<'_>, row: &[String]) -> Failure {
    let labels = shown_labels(view, row);
    let Wrong { column, .. } = wrong;
    let (name, meaning, instead) =
        column.null.as_ref().map_or(("", "", ""), |null| (null.column, null.meaning, null.instead));
    Failure::change(format!("Show `{}` also where `{name}` is null.", column.metric))
        .expected(format!("{} 0, as the official exporter has it", series(column.metric, &labels)))
        .seen(lines(&look.page, column.metric, &labels))
        .seen([format!("SELECT {name} FROM {} WHERE {}: null", view.from, shown_condition(view, row))])
        .mistake(format!("Null says that {meaning}. It makes no series, so the query has to say what to show instead: `coalesce({name}, {instead})`. Or the query does not ask for `{name}` yet."))
        .why("A series that is missing looks like an exporter that is broken, and no alert can compare it.")
}

fn missing(view: &View<'_>, exporter: &Exporter, look: &Look, wrong: &Wrong<'_>, row: &[String]) -> Failure {
    let metric = wrong.column.metric;
    let labels = shown_labels(view, row);
    let twice = look.page.matching(metric, &labels).count() > 1;
    let mistake = match (has_failed(&look.page, metric), twice) {
        (true, _) => Cause::of(exporter, &look.page, metric).mistake,
        (false, true) => "One row has become several series. Does a label tell more than the row does?".into(),
        (false, false) => view.missing.into(),
    };
    Failure::change(format!("Give each row of PostgreSQL's view its series of `{metric}`."))
        .expected(format!("one series {}", series(metric, &labels)))
        .seen(lines(&look.page, metric, &labels))
        .seen(alike(look, metric, &labels))
        .seen(if has_failed(&look.page, metric) { last_log_lines(exporter) } else { Vec::new() })
        .mistake(mistake)
        .why(view.why)
}

/// Series that differ from the one that is missed in their last labels.
fn alike(look: &Look, metric: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let common = |sample: &&Sample| labels.iter().filter(|(name, value)| sample.label(name) == Some(value)).count();
    let mut samples: Vec<_> = look.page.series(metric).collect();
    samples.sort_by_key(|sample| std::cmp::Reverse(common(sample)));
    samples.into_iter().take(SHOWN).map(|sample| sample.line.clone()).collect()
}

/// How many columns of the same value an explanation names: with more, it says nothing.
const MOST_SUSPECTS: usize = 3;
/// How many series an explanation shows.
const SHOWN: usize = 3;

fn unknown(view: &View<'_>, wrong: &Wrong<'_>, sample: &Sample) -> Failure {
    let metric = wrong.column.metric;
    Failure::change(format!("Show only series of `{metric}` that PostgreSQL has a row for, with its values as labels."))
        .expected(format!("series of `{metric}` for exactly the rows of `SELECT {} FROM {}`", select(view), view.from))
        .seen([sample.line.clone()])
        .mistake("PostgreSQL has no row with these values. A name or a text was changed on its way to the page: cut, trimmed, put in other letters, or rid of its quotes. Or a label has the value of another column, or a row was made up by a join.")
        .why(view.why)
}

fn differs(view: &View<'_>, look: &Look, wrong: &Wrong<'_>, row: &[String], (number, value): (usize, f64)) -> Failure {
    let Wrong { column, .. } = wrong;
    let labels = shown_labels(view, row);
    let [before, after] = [&look.before, &look.after].map(|rows| number_in(rows.get(row), number));
    let values = if before == after { format!("{after}") } else { format!("between {before} and {after}") };
    Failure::change(format!("Make `{}` what PostgreSQL says at the time of the scrape.", column.metric))
        .expected(format!(
            "{}: {values}, as `SELECT {} FROM {} WHERE {}`",
            series(column.metric, &labels),
            column.sql,
            view.from,
            shown_condition(view, row)
        ))
        .seen(lines(&look.page, column.metric, &labels))
        .mistake(mistake(view, look, wrong, row, value))
        .why(view.why)
}

fn mistake(view: &View<'_>, look: &Look, wrong: &Wrong<'_>, row: &[String], value: f64) -> String {
    let values = |number| (number_in(look.before.get(row), number), number_in(look.after.get(row), number));
    let others = view.columns.iter().enumerate().filter(|(number, other)| {
        let is_alike = other.kind == wrong.column.kind && other.metric_type == wrong.column.metric_type;
        other.sql != wrong.column.sql && is_alike && view.shows(look, wrong.column.metric, (*number, other))
    });
    let others: Vec<_> = others.map(|(_, other)| format!("`{}`", other.sql)).collect();
    if (1..=MOST_SUSPECTS).contains(&others.len()) {
        return format!("This is the value of {} in each row. Was another column taken?", others.join(" and of "));
    }
    let own = view.columns.iter().position(|column| column.sql == wrong.column.sql).map(values);
    let (before, after) = own.unwrap_or_default();
    if wrong.column.accepts(value / 1000.0, before, after) {
        return "Milliseconds were taken for seconds.".into();
    }
    if wrong.column.accepts(value.floor(), before, after) {
        return "The lesson asks for whole seconds: `floor(...)` cuts the fraction off.".into();
    }
    view.differs.into()
}

/// What it is where nothing more can be said.
pub(super) const DIFFERS: &str = "Another column was taken, or another unit. Or the value was read before the scrape: at the start, on a timer, or from a cache.";

fn number_in(row: Option<&Vec<f64>>, number: usize) -> f64 {
    row.and_then(|row| row.get(number)).copied().unwrap_or_default()
}

fn select(view: &View<'_>) -> String {
    view.labels.iter().map(|(_, sql)| *sql).collect::<Vec<_>>().join(", ")
}

/// The labels of a row, but for numbers that PostgreSQL has chosen.
fn shown_labels<'a>(view: &'a View<'_>, row: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let labels = view.labels.iter().zip(row).filter(|((name, _), _)| *name != "datid");
    labels.map(|((name, _), value)| (*name, value.as_str())).collect()
}

/// What tells the row from the others, in SQL.
fn condition(view: &View<'_>, row: &[String]) -> String {
    let labels = view.labels.iter().zip(row);
    let conditions = labels.map(|((_, sql), value)| format!("coalesce(({sql})::text, '') = {}", literal(value)));
    conditions.collect::<Vec<_>>().join(" AND ")
}

/// The same for the eye.
fn shown_condition(view: &View<'_>, row: &[String]) -> String {
    let labels = view.labels.iter().zip(row);
    let labels = labels.filter(|((name, sql), _)| *name != "datid" && *sql != "current_database()");
    let conditions = labels.map(|((_, sql), value)| format!("{sql} = {}", literal(value)));
    conditions.collect::<Vec<_>>().join(" AND ")
}
