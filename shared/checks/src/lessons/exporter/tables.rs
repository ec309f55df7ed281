//! `pg_stat_user_tables_*`: what happens in each table.

use exposition::{InvalidLine, MetricType, Page, ParseError, Sample, Violation};
use futures_util::FutureExt;

use super::column::{Column, Kind, Null};
use super::compare::{DIFFERS, is_on_the_page};
use super::database::wait_until;
use super::fresh::{Move, Moved, is_read_at_each_scrape};
use super::lines::{lines, series};
use super::require::require_family;
use super::view::View;
use crate::lessons::parts;
use crate::outcome::{Failure, Outcome};
use crate::subject::exporter::Exporter;
use crate::subject::scene::tables::{create_many, create_named};
use crate::subject::session::Session;

const INSERTED: &str = "pg_stat_user_tables_n_tup_ins";
const LABELS: [&str; 3] = ["datname", "schemaname", "relname"];
const WHY: &str = "Rows that die and are never cleaned up, scans of a table that has no index: a table tells weeks before the shop gets slow.";

/// What null says of index scans.
const NO_INDEX: &str = "the table has no index";
/// What null says of a time.
const NEVER: &str = "it has never been done to this table";

/// What PostgreSQL counts, whatever is locked.
pub(super) const STATISTICS: &[Column] = &[
    Column::counter("pg_stat_user_tables_seq_scan", "seq_scan"),
    Column::counter("pg_stat_user_tables_seq_tup_read", "seq_tup_read"),
    Column::counter("pg_stat_user_tables_idx_scan", "coalesce(idx_scan, 0)")
        .or_null(Null::number("idx_scan", NO_INDEX)),
    Column::counter("pg_stat_user_tables_idx_tup_fetch", "coalesce(idx_tup_fetch, 0)")
        .or_null(Null::number("idx_tup_fetch", NO_INDEX)),
    Column::counter(INSERTED, "n_tup_ins"),
    Column::counter("pg_stat_user_tables_n_tup_upd", "n_tup_upd"),
    Column::counter("pg_stat_user_tables_n_tup_del", "n_tup_del"),
    Column::counter("pg_stat_user_tables_n_tup_hot_upd", "n_tup_hot_upd"),
    Column::gauge("pg_stat_user_tables_n_live_tup", "n_live_tup"),
    Column::gauge("pg_stat_user_tables_n_dead_tup", "n_dead_tup"),
    Column::gauge("pg_stat_user_tables_n_mod_since_analyze", "n_mod_since_analyze"),
    Column::gauge("pg_stat_user_tables_last_vacuum", "extract(epoch FROM coalesce(last_vacuum, 'epoch'))")
        .of_kind(Kind::Time)
        .or_null(Null::time("last_vacuum", NEVER)),
    Column::gauge("pg_stat_user_tables_last_autovacuum", "extract(epoch FROM coalesce(last_autovacuum, 'epoch'))")
        .of_kind(Kind::Time)
        .or_null(Null::time("last_autovacuum", NEVER)),
    Column::gauge("pg_stat_user_tables_last_analyze", "extract(epoch FROM coalesce(last_analyze, 'epoch'))")
        .of_kind(Kind::Time)
        .or_null(Null::time("last_analyze", NEVER)),
    Column::gauge("pg_stat_user_tables_last_autoanalyze", "extract(epoch FROM coalesce(last_autoanalyze, 'epoch'))")
        .of_kind(Kind::Time)
        .or_null(Null::time("last_autoanalyze", NEVER)),
    Column::counter("pg_stat_user_tables_vacuum_count", "vacuum_count"),
    Column::counter("pg_stat_user_tables_autovacuum_count", "autovacuum_count"),
    Column::counter("pg_stat_user_tables_analyze_count", "analyze_count"),
    Column::counter("pg_stat_user_tables_autoanalyze_count", "autoanalyze_count"),
];
/// What it has to open the table for.
pub(super) const SIZES: &[Column] = &[
    Column::gauge("pg_stat_user_tables_index_size_bytes", "pg_indexes_size(relid)"),
    Column::gauge("pg_stat_user_tables_table_size_bytes", "pg_table_size(relid)"),
];

/// What the first row of a table takes, in bytes.
const PAGE: f64 = 8192.0;
/// More tables than anybody would list.
const MANY: usize = 150;
/// How many rows the check inserts.
const ROWS: f64 = 7.0;

pub(super) async fn check(exporter: &Exporter) -> Outcome {
    let mut session = exporter.database.connect().await?;
    session.run("DROP TABLE IF EXISTS shelf, plain; CREATE TABLE plain (id int)").await?;
    // What an exporter keeps of this page, it shows on the next one.
    exporter.app.scrape().await?;
    // The autovacuum has to come to some tables, which takes a second or two.
    let scene = exporter.scene.tables(&exporter.database);
    parts::side_by_side([single_tables_are_on_the_page(exporter, &mut session).boxed(), scene.boxed()]).await?;
    all_tables_are_on_the_page(exporter, &mut session).await
}

async fn single_tables_are_on_the_page(exporter: &Exporter, session: &mut Session) -> Outcome {
    session.run("CREATE TABLE shelf (id int PRIMARY KEY, label text)").await?;
    is_there_at_once(exporter).await?;
    is_read_anew(exporter, session).await?;

    fill_shelf(exporter).await?;
    wait_until(session, "SELECT n_tup_ins::float8 FROM pg_stat_user_tables WHERE relname = 'shelf'", ROWS).await?;
    for table in ["shelf", "plain"] {
        rows_are_on_the_page(exporter, session, Some(table)).await?;
    }
    names_are_kept_apart(exporter, session).await
}

async fn all_tables_are_on_the_page(exporter: &Exporter, session: &mut Session) -> Outcome {
    rows_are_on_the_page(exporter, session, None).await?;
    let mut traffic = exporter.database.connect().await?;
    create_named(&mut traffic).await?;
    traffic.close().await?;
    no_two_become_one(exporter).await?;
    create_many(session, MANY).await?;
    let mut temporary = exporter.database.connect().await?;
    temporary.run("CREATE TEMPORARY TABLE passing AS SELECT generate_series(1, 3)").await?;
    rows_are_on_the_page(exporter, session, None).await?;
    temporary.close().await?;
    session.run("DROP SCHEMA many CASCADE").await?;
    counters_begin_anew(exporter, session).await?;
    is_gone_at_once(exporter, session).await
}

fn table_labels<'a>(exporter: &'a Exporter, schema: &'a str, table: &'a str) -> [(&'a str, &'a str); 3] {
    [("datname", exporter.database.name.as_str()), ("schemaname", schema), ("relname", table)]
}

/// The statistics of a new table are there with the table itself, so there is nothing to wait for.
async fn is_there_at_once(exporter: &Exporter) -> Outcome {
    let page = exporter.app.scrape().await?;
    require_family(exporter, &page, INSERTED, MetricType::Counter, &LABELS, WHY)?;
    let labels = table_labels(exporter, "public", "shelf");
    if page.value(INSERTED, &labels) == Some(0.0) {
        return Ok(());
    }
    Failure::change("Read the statistics when somebody scrapes, and not before.")
        .expected(format!("{} 0, at the first scrape after the table was created", series(INSERTED, &labels)))
        .seen(lines(&page, INSERTED, &labels[..1]))
        .mistake("The values come from a cache, or are read on a timer of the exporter's own.")
        .why("Prometheus decides how often it asks. What a cache answers is older than it looks, and nobody can tell by how much.")
        .stop()
}

/// A table takes another name and has it back, and another one comes and goes.
async fn is_read_anew(exporter: &Exporter, session: &mut Session) -> Outcome {
    session.run("DROP TABLE IF EXISTS rack, board; CREATE TABLE rack (id int)").await?;
    let size = SIZES[1].metric;
    for (metric, table, there, back, value) in [
        (INSERTED, "board", "ALTER TABLE rack RENAME TO board", "ALTER TABLE board RENAME TO rack", Some(0.0)),
        (size, "rack", "INSERT INTO rack VALUES (1)", "TRUNCATE rack", Some(PAGE)),
        (size, "board", "CREATE TABLE board (id int)", "DROP TABLE board", Some(0.0)),
    ] {
        let before = if table == "rack" { Some(0.0) } else { None };
        let moved = Moved {
            metric,
            labels: &table_labels(exporter, "public", table),
            there: Move { sql: &[there], value },
            back: Move { sql: &[back], value: before },
        };
        is_read_at_each_scrape(exporter, session, &moved).await?;
    }
    session.run("DROP TABLE rack").await
}

/// Something in each of the counters that anybody can move, and no two of them alike.
async fn fill_shelf(exporter: &Exporter) -> Outcome {
    let mut traffic = exporter.database.connect().await?;
    traffic.run(&format!("INSERT INTO shelf SELECT id FROM generate_series(1, {ROWS}) AS id")).await?;
    traffic.run("UPDATE shelf SET label = 'new' WHERE id <= 2").await?;
    traffic.run("DELETE FROM shelf WHERE id = 3").await?;
    traffic.run("SET enable_seqscan = off; SELECT label FROM shelf WHERE id = 5").await?;
    traffic.run("ANALYZE shelf").await?;
    traffic.run("INSERT INTO plain VALUES (1)").await?;
    // A session that ends reports what it did at once. One that goes on may keep it for ten seconds.
    traffic.close().await
}

/// The rows of PostgreSQL that a condition names, or all of them.
async fn rows_are_on_the_page(exporter: &Exporter, session: &mut Session, table: Option<&str>) -> Outcome {
    let filter = table.map_or_else(|| "true".into(), |table| format!("relname = '{table}'"));
    let is_of_these = |sample: &Sample| table.is_none_or(|table| sample.label("relname") == Some(table));
    let view = View {
        from: "pg_stat_user_tables",
        filter: &filter,
        grouped: false,
        labels: &[("datname", "current_database()"), ("schemaname", "schemaname"), ("relname", "relname")],
        columns: STATISTICS,
        is_of_these: &is_of_these,
        missing: "The query leaves this table out. Or its name was changed on its way to the page: names are free text, and may hold quotes, backslashes, spaces and line breaks.",
        differs: DIFFERS,
        why: WHY,
    };
    is_on_the_page(&view, exporter, session).await?;
    is_on_the_page(&View { columns: SIZES, ..view }, exporter, session).await
}

/// Names are free text. Two pairs that look alike when they are joined are still two tables.
async fn names_are_kept_apart(exporter: &Exporter, session: &mut Session) -> Outcome {
    const TABLES: [(&str, &str, f64); 4] = [("a", "bc", 1.0), ("ab", "c", 2.0), ("1", "11", 3.0), ("11", "1", 4.0)];
    let mut traffic = exporter.database.connect().await?;
    for (schema, table, rows) in TABLES {
        traffic.run(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE; CREATE SCHEMA \"{schema}\"")).await?;
        traffic.run(&format!("CREATE TABLE \"{schema}\".\"{table}\" AS SELECT generate_series(1, {rows})")).await?;
    }
    traffic.close().await?;
    let inserted = "SELECT sum(n_tup_ins)::float8 FROM pg_stat_user_tables WHERE schemaname IN ('a', 'ab', '1', '11')";
    wait_until(session, inserted, TABLES.iter().map(|(_, _, rows)| rows).sum()).await?;
    let page = exporter.app.scrape().await?;
    for (schema, table, rows) in TABLES {
        let labels = table_labels(exporter, schema, table);
        if page.value(INSERTED, &labels) != Some(rows) {
            return Failure::change("Keep tables apart whose names look alike when they are joined.")
                .expected(format!("{} {rows}", series(INSERTED, &labels)))
                .seen(TABLES.iter().flat_map(|(schema, table, _)| lines(&page, INSERTED, &table_labels(exporter, schema, table))))
                .mistake("The series come from a `GaugeVec` or its like, which finds them by a hash of all label values without anything between them, or from a map whose key is a joined text.")
                .why("Two tables become one, with the sum of both, and nobody notices. Names of tables are free text.")
                .stop();
        }
    }
    Ok(())
}

/// A page on which two tables have the same labels cannot be read at all.
async fn no_two_become_one(exporter: &Exporter) -> Outcome {
    let answer = exporter.app.get("/metrics").await?;
    let page = Page::parse(answer.content_type.as_deref().unwrap_or_default(), &answer.body);
    let Err(ParseError::Line(InvalidLine { violation: Violation::DuplicateSeries, line, .. })) = page else {
        return Ok(());
    };
    Failure::change("Keep tables apart whose names look alike.")
        .expected("a series for each table, with the name that PostgreSQL has for it")
        .seen([format!("twice on the page: {line}")])
        .mistake("Two tables have the same labels. Was something taken out of a name, such as quotes or spaces? Was its end cut off, or were its letters made small? PostgreSQL tells all of these apart. Or a join finds two rows for one table.")
        .why("Prometheus refuses the whole page, because of the name that somebody gave to one table.")
        .stop()
}

/// Statistics may be reset. Then a counter begins anew, on the page, too.
async fn counters_begin_anew(exporter: &Exporter, session: &mut Session) -> Outcome {
    session.run("SELECT pg_stat_reset_single_table_counters('shelf'::regclass)").await?;
    rows_are_on_the_page(exporter, session, Some("shelf")).await
}

async fn is_gone_at_once(exporter: &Exporter, session: &mut Session) -> Outcome {
    session.run("DROP TABLE shelf").await?;
    let page = exporter.app.scrape().await?;
    let left = lines_about(&page, "shelf");
    if left.is_empty() {
        return Ok(());
    }
    Failure::change("Forget a table that was dropped.")
        .expected("no series with relname=\"shelf\", at the first scrape after DROP TABLE shelf")
        .seen(left)
        .mistake("The series are kept in a `GaugeVec` or in a map that lives longer than a scrape, or the values come from a cache.")
        .why("An old value looks like a fresh one. And a job that makes a table each night adds series for ever.")
        .stop()
}

fn lines_about(page: &Page, table: &str) -> Vec<String> {
    page.samples().filter(|sample| sample.label("relname") == Some(table)).map(|sample| sample.line.clone()).collect()
}
