//! The work: carts that nobody has touched for long expire.
//!
//! An expired cart has nothing to put back. In this shop, goods in a cart are not reserved: stock is taken at
//! checkout, which closes the cart. So it is enough to delete the cart, and its lines go with it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shop::Store;
use sqlx::{Any, Executor, Transaction};

/// What PostgreSQL ends by itself, in this transaction: by default it waits for a lock for ever, and goes on when the job
/// is gone. A lock gets as long as on SQLite. Only a server on Linux can look whether the job is still there.
const POSTGRES_LIMITS: &str = "SELECT set_config(name, value, TRUE)
    FROM (VALUES ('lock_timeout', '5s'), ('statement_timeout', '60s'), ('client_connection_check_interval', '500ms'))
    AS limits (name, value) JOIN pg_settings USING (name)
    WHERE name <> 'client_connection_check_interval' OR version() LIKE '%linux%'";

/// Expires the carts that nobody has touched for longer than this, and returns how many they were. It counts once
/// the transaction is committed; a transaction that is dropped undoes it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn expire(store: &Store, older_than: Duration) -> sqlx::Result<(Transaction<'static, Any>, u64)> {
    let mut transaction = begin(store).await?;
    // The first statement writes, so that it locks right away. A customer who comes back in this moment is served
    // before or after it: a cart that was touched before is no longer old, and stays.
    let delete = sqlx::query("DELETE FROM carts WHERE updated_at < $1").bind(cutoff(older_than));
    let expired = delete.execute(&mut *transaction).await?.rows_affected();
    Ok((transaction, expired))
}

/// Counts the carts that would expire.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count(store: &Store, older_than: Duration) -> sqlx::Result<i64> {
    let count = sqlx::query_as("SELECT COUNT(*) FROM carts WHERE updated_at < $1").bind(cutoff(older_than));
    let (count,) = count.fetch_one(&mut *begin(store).await?).await?;
    Ok(count)
}

/// Begins a transaction that ends by itself, whatever keeps it waiting.
async fn begin(store: &Store) -> sqlx::Result<Transaction<'static, Any>> {
    let mut transaction = store.pool().begin().await?;
    if transaction.backend_name() == "PostgreSQL" {
        transaction.execute(POSTGRES_LIMITS).await?;
    }
    Ok(transaction)
}

/// The moment before which a cart was abandoned, in seconds since the epoch, as the shop stores it. A moment before
/// 1970 counts as 1970.
fn cutoff(older_than: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(older_than).as_secs()).unwrap_or(i64::MAX)
}
