//! Tables whose names are of every kind, and statistics of which no two are alike.

use tokio::time::{Duration, Instant, sleep};

use super::super::session::{Session, identifier};
use super::super::watched::WatchedDatabase;
use crate::outcome::Outcome;

/// How long the autovacuum may take. A check can do without it.
const AUTOVACUUM_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// As long as PostgreSQL allows, but for the last letter.
const LONG: &str = "sixty_three_bytes_are_the_most_that_a_name_in_postgresql_has___";

/// Schemas and tables. Some are alike when their names are joined, when quotes or spaces are taken out, when letters are
/// made small, or when the end is cut off.
fn names() -> Vec<(String, String)> {
    const NAMES: [(&str, &str); 16] = [
        ("a,b", "c"),
        ("a", "b,c"),
        ("a.b", "c"),
        ("a", "b.c"),
        ("a_b", "c"),
        ("a", "b_c"),
        ("public", "Stock"),
        ("public", "stock"),
        ("public", "\"stock\""),
        ("public", " stock "),
        ("it's", "back\\slash\\n"),
        ("new\nline", "two\nlines\tand\ttabs\r"),
        ("two words", "100% of {x=\"1\"} 5"),
        ("Bücher", "本"),
        ("public", " "),
        ("NULL", "null"),
    ];
    let names = NAMES.iter().map(|(schema, table)| ((*schema).to_owned(), (*table).to_owned()));
    let long = ["x", "y"].map(|last| ("public".to_owned(), format!("{}{last}", &LONG[..62])));
    names.chain(long).collect()
}

/// Creates the tables of these names, with another number of rows in each. For the check of the tables alone: a page on
/// which two of them have become one cannot be read at all.
pub(crate) async fn create_named(session: &mut Session) -> Outcome {
    for (number, (schema, table)) in names().iter().enumerate() {
        let schema = identifier(schema);
        let name = format!("{schema}.{}", identifier(table));
        session.run(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await?;
        session.run(&format!("DROP TABLE IF EXISTS {name}")).await?;
        session.run(&format!("CREATE TABLE {name} AS SELECT generate_series(1, {})", 50 + 3 * number)).await?;
    }
    Ok(())
}

/// Tables that are there only for their number.
pub(crate) async fn create_many(session: &mut Session, count: usize) -> Outcome {
    let create = "EXECUTE format('CREATE TABLE many.%I (id int)', 'table_' || number)";
    session.run("DROP SCHEMA IF EXISTS many CASCADE; CREATE SCHEMA many").await?;
    session
        .run(&format!("DO 'BEGIN FOR number IN 1..{count} LOOP {}; END LOOP; END'", create.replace('\'', "''")))
        .await
}

/// Fills the tables of the watched database.
pub(super) async fn fill(database: &WatchedDatabase) -> Outcome {
    let mut session = database.connect().await?;
    let waits_for_autovacuum = autovacuum(database, &mut session).await?;
    session.run("CREATE TABLE vacuumed (id int); CREATE TABLE analyzed (id int)").await?;
    session.run("CREATE MATERIALIZED VIEW summed AS SELECT generate_series(1, 1000) AS id").await?;
    session.run("CREATE UNLOGGED TABLE unlogged (id int); CREATE TABLE parted (id int) PARTITION BY LIST (id)").await?;
    session.run("CREATE TABLE part PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (1)").await?;
    session.run("VACUUM vacuumed").await?;
    session.run("ANALYZE analyzed").await?;
    all_columns(&mut session).await?;
    if waits_for_autovacuum {
        vacuums_come(&mut session).await?;
    }
    session.close().await
}

/// Every count of this one table differs from the others. It has room on its pages, so that an update that changes no
/// index stays on its page.
async fn all_columns(session: &mut Session) -> Outcome {
    let sql = [
        "CREATE TABLE counted (id int PRIMARY KEY, label text, note text)
            WITH (fillfactor = 40, autovacuum_enabled = off)",
        "CREATE INDEX ON counted (label)",
        "INSERT INTO counted SELECT generate_series(1, 700)",
        "VACUUM counted",
        "VACUUM counted",
        "ANALYZE counted",
        "ANALYZE counted",
        "ANALYZE counted",
        "UPDATE counted SET label = 'new' WHERE id <= 38",
        "UPDATE counted SET note = 'new' WHERE id > 600 AND id <= 623",
        "DELETE FROM counted WHERE id BETWEEN 200 AND 212",
        "SET enable_seqscan = off",
        "SELECT note FROM counted WHERE id BETWEEN 300 AND 311",
        "SELECT note FROM counted WHERE id = 5",
    ];
    for sql in sql {
        session.run(sql).await?;
    }
    Ok(())
}

/// Tables that have been vacuumed and analyzed by the autovacuum alone. Whether it comes at all.
async fn autovacuum(database: &WatchedDatabase, session: &mut Session) -> Outcome<bool> {
    if !database.is_alone() {
        return Ok(false);
    }
    session.run("ALTER SYSTEM SET autovacuum_naptime = '1s'").await?;
    session.run("SELECT pg_reload_conf()").await?;
    for (table, vacuum, analyze) in [("auto_vacuumed", 0, 1000), ("auto_analyzed", 1000, 0)] {
        session.run(&format!("CREATE TABLE {table} (id int) WITH (autovacuum_vacuum_threshold = {vacuum}, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_insert_threshold = {vacuum}, autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_threshold = {analyze}, autovacuum_analyze_scale_factor = 0)")).await?;
        session.run(&format!("INSERT INTO {table} SELECT generate_series(1, 9)")).await?;
    }
    let mut traffic = database.connect().await?;
    traffic.run("UPDATE auto_vacuumed SET id = 0; UPDATE auto_analyzed SET id = 0").await?;
    traffic.close().await?;
    Ok(true)
}

async fn vacuums_come(session: &mut Session) -> Outcome {
    let come = "SELECT sum(autovacuum_count * autovacuum_count + 2 * autoanalyze_count)::float8 FROM pg_stat_user_tables WHERE relname IN ('auto_vacuumed', 'auto_analyzed')";
    let deadline = Instant::now() + AUTOVACUUM_TIMEOUT;
    while session.number(come).await? < 3.0 && Instant::now() < deadline {
        sleep(POLL_INTERVAL).await;
    }
    session.run("ALTER SYSTEM RESET autovacuum_naptime").await?;
    session.run("SELECT pg_reload_conf()").await?;
    for table in ["auto_vacuumed", "auto_analyzed"] {
        session.run(&format!("ALTER TABLE {table} SET (autovacuum_enabled = off)")).await?;
    }
    Ok(())
}
