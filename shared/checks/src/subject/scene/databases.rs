//! Databases whose names look alike, and statistics of which no two are alike.

use super::super::session::{Session, identifier};
use super::super::watched::WatchedDatabase;
use crate::outcome::Outcome;

/// Creates the busy database, and the roles by which customers come.
pub(super) async fn create_busy(database: &WatchedDatabase) -> Outcome {
    let mut session = database.connect().await?;
    database.create_superusers(&mut session, &database.customers()).await?;
    session.run(&format!("CREATE DATABASE {}", identifier(&database.busy()))).await?;
    session.close().await
}

/// Creates the databases that nothing else happens in, with another number of transactions in each.
pub(super) async fn create_others(database: &WatchedDatabase) -> Outcome {
    let mut admin = database.connect().await?;
    let names = database.quiet_databases();
    for (number, name) in names.iter().enumerate() {
        admin.run(&format!("CREATE DATABASE {}", identifier(name))).await?;
        let mut session = database.connect_to(name).await?;
        session.run(&"BEGIN; COMMIT;".repeat(40 * (number + 1))).await?;
        session.run(&"BEGIN; ROLLBACK;".repeat(7 * (number + 1))).await?;
        session.close().await?;
    }
    // Nobody but a superuser may connect to this one. Its statistics and its size are there for whoever may read them.
    let [.., private] = names;
    admin.run(&format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", identifier(&private))).await?;
    admin.close().await
}

/// Moves each column of `pg_stat_database` that anybody can move. A larger `scale` makes other numbers of the same kind.
pub(super) async fn fill(database: &WatchedDatabase, name: &str, scale: usize) -> Outcome {
    let mut session = database.connect_to(name).await?;
    if scale > 1 {
        // So that one database has a time of its last reset, and one has none.
        session.run("SELECT pg_stat_reset()").await?;
    }
    session.run("SET track_io_timing = on; SET work_mem = '64kB'; SET enable_seqscan = off").await?;
    rows(&mut session, scale).await?;
    for _ in 0..4 + scale {
        session.run("SELECT max(i) FROM (SELECT generate_series(1, 9000) AS i ORDER BY 1 DESC) AS sorted").await?;
    }
    session.run(&"BEGIN; COMMIT;".repeat(150 * scale)).await?;
    session.run(&"BEGIN; ROLLBACK;".repeat(20 + 3 * scale)).await?;
    session.close().await?;
    for _ in 0..2 + scale {
        deadlock(database, name).await?;
    }
    Ok(())
}

/// No two of the counts of rows are alike. The last table is larger than what PostgreSQL keeps for such a statement, so
/// that the session itself has to write.
async fn rows(session: &mut Session, scale: usize) -> Outcome {
    session.run("CREATE TABLE load (id int PRIMARY KEY, label text)").await?;
    session.run(&format!("INSERT INTO load SELECT generate_series(1, {})", 600 * scale)).await?;
    session.run(&format!("UPDATE load SET label = 'new' WHERE id <= {}", 80 * scale)).await?;
    session.run(&format!("DELETE FROM load WHERE id <= {}", 31 * scale)).await?;
    session.run("SELECT max(label) FROM load WHERE id BETWEEN 100 AND 400").await?;
    session
        .run(&format!(
            "CREATE TABLE large AS SELECT i, repeat('x', 900) FROM generate_series(1, {}) AS i",
            5000 + 500 * scale
        ))
        .await?;
    session.run("DROP TABLE large").await
}

/// Two sessions, of which each waits for the other. PostgreSQL ends one.
async fn deadlock(database: &WatchedDatabase, name: &str) -> Outcome {
    let (mut one, mut other) = tokio::try_join!(database.connect_to(name), database.connect_to(name))?;
    for (session, lock) in [(&mut one, 1), (&mut other, 2)] {
        session.run(&format!("SET deadlock_timeout = '10ms'; SELECT pg_advisory_lock({lock}, 0)")).await?;
    }
    tokio::try_join!(wait_for(one, 2), wait_for(other, 1))?;
    Ok(())
}

/// Fails in one of two sessions. The other one goes on when that has ended.
async fn wait_for(mut session: Session, lock: usize) -> Outcome {
    let _ = session.try_run(&format!("SELECT pg_advisory_lock({lock}, 0)")).await;
    session.close().await
}
