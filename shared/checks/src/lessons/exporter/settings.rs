//! `pg_settings_*`: how the server is set up, in base units.

use exposition::{Family, MetricType, Page};

use super::fresh::{Move, Moved, is_read_at_each_scrape};
use super::lines::lines;
use super::require::require_family;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::session::{Row, Session};

const WHY: &str = "A limit is half of an alert: connections mean nothing without `max_connections`.";
const NOT_CONVERTED: &str = "The value was not converted to the base unit, the name does not say it, or a text such as `on` was not turned into a number.";

/// A setting, and what its value has to be multiplied with.
struct Setting<'a> {
    name: &'a str,
    suffix: &'a str,
    factor: f64,
    rule: &'a str,
}

const fn setting(name: &'static str, suffix: &'static str, factor: f64, rule: &'static str) -> Setting<'static> {
    Setting { name, suffix, factor, rule }
}

/// One for each kind of value.
const SETTINGS: &[Setting<'_>] = &[
    setting("max_connections", "", 1.0, "a number without a unit stays as it is"),
    setting("random_page_cost", "", 1.0, "a number without a unit stays as it is, with its fraction"),
    setting("autovacuum", "", 1.0, "`on` is 1"),
    setting("log_lock_waits", "", 1.0, "`off` is 0"),
    setting("shared_buffers", "_bytes", 8192.0, "the unit `8kB` is a block of 8192 bytes"),
    setting("work_mem", "_bytes", 1024.0, "a kB is 1024 bytes"),
    setting("min_wal_size", "_bytes", 1_048_576.0, "an MB is 1024 kB"),
    setting("track_activity_query_size", "_bytes", 1.0, "a B is a byte"),
    setting("deadlock_timeout", "_seconds", 0.001, "ms become seconds"),
    setting("checkpoint_timeout", "_seconds", 1.0, "seconds stay seconds"),
    setting("log_rotation_age", "_seconds", 60.0, "min become seconds"),
    setting("autovacuum_work_mem", "_bytes", 1024.0, "-1 stays -1, whatever the unit"),
];

impl Setting<'_> {
    fn metric(&self) -> String {
        metric(self.name, self.suffix)
    }
}

/// Settings that the exporter may have changed for its own sessions.
const TIME_OUTS: &[Setting<'_>] = &[
    setting("statement_timeout", "_seconds", 0.001, "the server's value, not that of the exporter's session"),
    setting("lock_timeout", "_seconds", 0.001, "the server's value, not that of the exporter's session"),
];

/// Settings that a driver sets for its sessions, or that a careful exporter does.
const OF_THE_SESSION: [&str; 4] =
    ["extra_float_digits", "default_transaction_read_only", "transaction_read_only", "transaction_deferrable"];

/// The value of settings that are switched off, in whatever unit.
const OFF: f64 = -1.0;

/// All settings that are numbers or switches, by name and unit. The check's own session has set none.
const NUMBERS: &str = "
    SELECT name, unit, CASE setting WHEN 'on' THEN 1 WHEN 'off' THEN 0 ELSE setting::float8 END::float8
    FROM pg_settings
    WHERE vartype IN ('bool', 'integer', 'real')
    ORDER BY name";

/// A setting that changes while the server runs.
struct Reloaded {
    metric: &'static str,
    there: &'static str,
    back: &'static str,
    /// Its value there, and back again.
    values: [f64; 2],
}

/// One of each type.
const RELOADED: [Reloaded; 3] = [
    Reloaded {
        metric: "pg_settings_work_mem_bytes",
        there: "ALTER SYSTEM SET work_mem = '7MB'",
        back: "ALTER SYSTEM SET work_mem = '5MB'",
        values: [7_340_032.0, 5_242_880.0],
    },
    Reloaded {
        metric: "pg_settings_seq_page_cost",
        there: "ALTER SYSTEM SET seq_page_cost = 1.25",
        back: "ALTER SYSTEM SET seq_page_cost = 1.5",
        values: [1.25, 1.5],
    },
    Reloaded {
        metric: "pg_settings_log_lock_waits",
        there: "ALTER SYSTEM SET log_lock_waits = on",
        back: "ALTER SYSTEM SET log_lock_waits = off",
        values: [1.0, 0.0],
    },
];
const RELOAD: &str = "SELECT pg_reload_conf()";
/// PostgreSQL tells its sessions by a signal.
const ARRIVES: &str = "SELECT pg_sleep(0.03)";

/// How the server is set up.
struct Server(Vec<Row>);

impl Server {
    fn number(&self, name: &str) -> f64 {
        let row = self.0.iter().find(|row| row.texts.first().is_some_and(|other| other == name));
        row.and_then(|row| row.numbers.first().copied().flatten()).unwrap_or_default()
    }
}

/// What a name may end in.
const SUFFIXES: [&str; 3] = ["", "_seconds", "_bytes"];

/// The metrics of the settings that are looked at.
pub(super) fn metrics() -> impl Iterator<Item = String> {
    SETTINGS.iter().chain(TIME_OUTS).map(Setting::metric)
}

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let page = exporter.app.scrape().await?;
    let server = Server(session.rows(NUMBERS, 2).await?);
    for setting in SETTINGS {
        is_on_the_page(exporter, &server, &page, setting, NOT_CONVERTED)?;
    }
    all_are_there(exporter, &server, &page)?;
    are_read_anew(exporter, &mut session).await
}

/// Only on a server of the check's own: nobody else's settings are changed.
async fn are_read_anew(exporter: &Exporter, session: &mut Session) -> Outcome {
    if !exporter.database.is_alone() {
        return Ok(());
    }
    for Reloaded { metric, there, back, values: [changed, before] } in RELOADED {
        let moved = Moved {
            metric,
            labels: &[],
            there: Move { sql: &[there, RELOAD, ARRIVES], value: Some(changed) },
            back: Move { sql: &[back, RELOAD, ARRIVES], value: Some(before) },
        };
        is_read_at_each_scrape(exporter, session, &moved).await?;
    }
    Ok(())
}

/// What the exporter has set for its own sessions is not how the server is set up.
pub(super) async fn time_outs_are_the_servers(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    let page = exporter.app.scrape().await?;
    let server = Server(session.rows(NUMBERS, 2).await?);
    TIME_OUTS.iter().try_for_each(|setting| is_on_the_page(exporter, &server, &page, setting, "`setting` in `pg_settings` is what this session uses, and a session that limits itself sees its own limit. Where `source` is `session`, the server's value is in `reset_val`."))
}

fn is_on_the_page(exporter: &Exporter, server: &Server, page: &Page, setting: &Setting<'_>, mistake: &str) -> Outcome {
    let Setting { name, factor, rule, .. } = setting;
    let metric = setting.metric();
    let expected = server.number(name);
    let expected = if expected == OFF { OFF } else { expected * factor };
    is_named_by_its_unit(page, setting)?;
    require_family(exporter, page, &metric, MetricType::Gauge, &[], WHY)?;
    if page.value(&metric, &[]).is_some_and(|value| (value - expected).abs() <= expected.abs() * 1e-9) {
        return Ok(());
    }
    Failure::change(format!("Set `{metric}` to what `SHOW {name}` says."))
        .expected(format!("{metric} {expected}: {rule}"))
        .seen(lines(page, &metric, &[]))
        .mistake(mistake)
        .why(WHY)
        .stop()
}

/// Ends the check where the setting is there, but by a name that tells of another unit, or of none.
fn is_named_by_its_unit(page: &Page, setting: &Setting<'_>) -> Outcome {
    let Setting { name, rule, .. } = setting;
    let metric = setting.metric();
    let others = SUFFIXES.iter().map(|suffix| self::metric(name, suffix)).filter(|other| *other != metric);
    let found: Vec<_> = others.filter_map(|other| page.family(&other)).flat_map(Family::lines).collect();
    if page.family(&metric).is_some() || found.is_empty() {
        return Ok(());
    }
    Failure::change(format!("Add the gauge `{metric}` to the page."))
        .expected(format!("# TYPE {metric} gauge: {rule}"))
        .seen(found)
        .mistake(NOT_CONVERTED)
        .why("Nobody who reads the page knows PostgreSQL's unit of this setting. A name that tells it can be compared with other metrics.")
        .stop()
}

/// Each setting that is a number or a switch, by the rule of its unit.
fn all_are_there(exporter: &Exporter, server: &Server, page: &Page) -> Outcome {
    let names = || server.0.iter().filter_map(|row| row.texts.first());
    let is_there = |name: &&String| SUFFIXES.iter().any(|suffix| page.family(&metric(name, suffix)).is_some());
    let missing: Vec<_> = names().filter(|name| !is_there(name)).collect();
    if !missing.is_empty() {
        return Failure::change("Export all settings that are numbers or switches.")
            .expected(format!("all {} settings whose `vartype` is `bool`, `integer` or `real`", server.0.len()))
            .seen(missing.iter().map(|name| format!("no metric {}", metric(name, ""))))
            .mistake("The settings are a list in the code, a unit is unknown to it, or the role lacks `pg_monitor`.")
            .why("Nobody knows today which setting will matter in the next incident.")
            .stop();
    }
    for row in &server.0 {
        let [name, unit] = row.texts.as_slice() else { continue };
        let is_of_the_session = OF_THE_SESSION.contains(&name.as_str());
        if is_of_the_session || TIME_OUTS.iter().any(|setting| setting.name == name) {
            continue;
        }
        let Some((suffix, factor)) = base_unit(unit) else { continue };
        let rule = if unit.is_empty() { "it has no unit".to_owned() } else { format!("its unit is `{unit}`") };
        let setting = Setting { name, suffix, factor, rule: &rule };
        is_on_the_page(exporter, server, page, &setting, NOT_CONVERTED)?;
    }
    Ok(())
}

fn metric(name: &str, suffix: &str) -> String {
    format!("pg_settings_{}{suffix}", name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"))
}

/// What a name ends in, and what a value is multiplied with. PostgreSQL writes units such as `ms`, `kB` and `8kB`.
fn base_unit(unit: &str) -> Option<(&'static str, f64)> {
    let letters = unit.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let count: f64 = unit.strip_suffix(letters)?.parse().unwrap_or(1.0);
    let (suffix, factor) = match letters {
        "" => ("", 1.0),
        "ms" => ("_seconds", 0.001),
        "s" => ("_seconds", 1.0),
        "min" => ("_seconds", 60.0),
        "B" => ("_bytes", 1.0),
        "kB" => ("_bytes", 1024.0),
        "MB" => ("_bytes", 1_048_576.0),
        _ => return None,
    };
    Some((suffix, count * factor))
}
