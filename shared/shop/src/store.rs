//! The shop's data. The same SQL runs on SQLite and on PostgreSQL.
//!
//! A transaction begins with the statement that locks what the rest depends on. On PostgreSQL that makes two
//! checkouts of one cart wait for each other, and on SQLite, which has one writer at a time, it never has to
//! upgrade a read lock that somebody else stands in the way of.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, SqlSafeStr, Transaction};

use crate::config::{Backend, Config, DatabaseUrl};
use crate::error::{Error, Result};
use crate::model::{Cart, CartAddition, CartLine, Item, MAX_ITEMS, NewItem, Order, Session};

/// How long the first connection may take. Later ones have `DATABASE_ACQUIRE_TIMEOUT_MS`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The shop's database, as a pool of connections. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
}

/// Why the shop cannot use its database.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is fine, but the file is not there, or none of the shop's.
    #[error("cannot open the database at {url}: are file and folder there, and may you write them?")]
    Open {
        /// The URL without its parameters.
        url: String,
        /// What the driver says.
        source: sqlx::Error,
    },
    /// The URL is fine, but nobody answers, or not kindly.
    #[error("cannot connect to the database at {url}: is it running, and are user and password right?")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What the driver says.
        source: sqlx::Error,
    },
    /// Nobody answers at all.
    #[error("the database at {url} did not answer within {} seconds: is it running?", CONNECT_TIMEOUT.as_secs())]
    Timeout {
        /// The URL without its password.
        url: String,
    },
    /// The tables cannot be made.
    #[error("cannot bring the tables of the database at {url} up to date")]
    Migrate {
        /// The URL without its password.
        url: String,
        /// What the migration says.
        source: MigrateError,
    },
}

impl Store {
    /// Connects, and creates or updates the tables. A new database gets a small catalogue.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached within seconds, or is not the shop's.
    pub async fn connect(config: &Config) -> std::result::Result<Self, ConnectError> {
        let url = &config.database_url;
        let store = Self::open_at(url, config).await?;
        migrator(url.backend())
            .run(&store.pool)
            .await
            .map_err(|source| ConnectError::Migrate { url: url.redacted(), source })?;
        Ok(store)
    }

    /// Connects to a database as it is: creates neither tables nor, on SQLite, a file.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached within seconds.
    pub async fn open(config: &Config) -> std::result::Result<Self, ConnectError> {
        Self::open_at(&config.database_url.of_existing(), config).await
    }

    async fn open_at(url: &DatabaseUrl, config: &Config) -> std::result::Result<Self, ConnectError> {
        sqlx::any::install_default_drivers();
        let options = try_connect(url).await?;
        Ok(Self { pool: pool_options(config).connect_lazy_with(options) })
    }

    /// The pool, which knows how many connections are open, idle, and allowed.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        self.pool.execute("SELECT 1").await?;
        Ok(())
    }

    /// The catalogue, in the order of ids.
    pub async fn list_items(&self) -> Result<Vec<Item>> {
        let rows = sqlx::query_as("SELECT id, sku, name, price_cents, stock FROM items ORDER BY id");
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(item).collect())
    }

    /// One item, or [`Error::ItemNotFound`].
    pub async fn find_item(&self, id: i64) -> Result<Item> {
        let row = sqlx::query_as("SELECT id, sku, name, price_cents, stock FROM items WHERE id = $1").bind(id);
        row.fetch_optional(&self.pool).await?.map(item).ok_or(Error::ItemNotFound(id))
    }

    /// Adds an item to the catalogue, or says [`Error::DuplicateSku`] or [`Error::CatalogueFull`].
    pub async fn insert_item(&self, new: &NewItem) -> Result<Item> {
        let insert = sqlx::query_as(
            "INSERT INTO items (sku, name, price_cents, stock)
             SELECT $1, $2, $3, $4 FROM (SELECT COUNT(*) AS size FROM items) AS catalogue WHERE size < $5
             RETURNING id, sku, name, price_cents, stock",
        );
        let insert = insert.bind(&new.sku).bind(&new.name).bind(new.price_cents).bind(new.stock).bind(MAX_ITEMS);
        match insert.fetch_optional(&self.pool).await {
            Ok(row) => row.map(item).ok_or(Error::CatalogueFull),
            Err(error) if is_unique_violation(&error) => Err(Error::DuplicateSku(new.sku.clone())),
            Err(error) => Err(error.into()),
        }
    }

    /// A session's open cart, or [`Error::CartNotFound`].
    pub async fn find_cart(&self, session: &Session) -> Result<Cart> {
        let mut connection = self.pool.acquire().await?;
        cart(&mut connection, session).await
    }

    /// Adds pieces of an item to a session's cart, which it opens if need be, and returns the cart and the
    /// item's sku.
    ///
    /// # Errors
    ///
    /// [`Error::ItemNotFound`], and [`Error::OutOfStock`] when the cart would hold more than there is.
    pub async fn add_to_cart(&self, session: &Session, addition: CartAddition) -> Result<(Cart, String)> {
        let mut transaction = self.begin().await?;
        open_cart(&mut transaction, session).await?;
        let item = find_item(&mut transaction, addition.item_id).await?;
        let quantity = add_line(&mut transaction, session, addition).await?;
        if quantity > item.stock {
            return Err(Error::OutOfStock { sku: item.sku, stock: item.stock });
        }
        let cart = cart(&mut transaction, session).await?;
        transaction.commit().await?;
        Ok((cart, item.sku))
    }

    /// Throws a session's cart away, or says [`Error::CartNotFound`].
    pub async fn delete_cart(&self, session: &Session) -> Result<()> {
        let delete = sqlx::query("DELETE FROM carts WHERE session = $1").bind(session.as_str());
        match delete.execute(&self.pool).await?.rows_affected() {
            0 => Err(Error::CartNotFound(session.clone())),
            _ => Ok(()),
        }
    }

    /// Orders what is in a session's cart, takes it from the stock and closes the cart: all of it, or nothing.
    ///
    /// # Errors
    ///
    /// [`Error::CartNotFound`], and [`Error::OutOfStock`] when somebody else was faster. Then the cart stays.
    pub async fn checkout(&self, session: &Session) -> Result<Order> {
        let mut transaction = self.begin().await?;
        lock_cart(&mut transaction, session).await?;
        let cart = cart(&mut transaction, session).await?;
        // Lines come in the order of item ids, so that two checkouts never wait for each other in a circle.
        for line in &cart.items {
            take_stock(&mut transaction, line).await?;
        }
        let order = insert_order(&mut transaction, &cart).await?;
        sqlx::query("DELETE FROM carts WHERE session = $1").bind(session.as_str()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(order)
    }

    /// Begins a transaction, in a task that a client who hangs up cannot cut off. sqlx 0.9.0 forgets a `BEGIN` that nobody
    /// waits for any more, and the next one to use the connection would write into a transaction that nobody commits.
    async fn begin(&self) -> Result<Transaction<'static, Any>> {
        let pool = self.pool.clone();
        let begin = tokio::spawn(async move { pool.begin().await });
        Ok(begin.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }

    /// How many carts are open.
    pub async fn count_open_carts(&self) -> Result<i64> {
        let (count,) = sqlx::query_as("SELECT COUNT(*) FROM carts").fetch_one(&self.pool).await?;
        Ok(count)
    }
}

/// Opens one connection outside the pool: a pool would hide why it cannot connect behind its own time-out.
async fn try_connect(url: &DatabaseUrl) -> std::result::Result<AnyConnectOptions, ConnectError> {
    let failed = |source| match url.backend() {
        Backend::Sqlite => ConnectError::Open { url: url.redacted(), source },
        Backend::Postgres => ConnectError::Connect { url: url.redacted(), source },
    };
    let options: AnyConnectOptions = url.expose().parse().map_err(failed)?;
    // sqlx would log each statement, with its values, at the level of debug.
    let options = options.disable_statement_logging();
    let connect = tokio::time::timeout(CONNECT_TIMEOUT, AnyConnection::connect_with(&options));
    let connection = connect.await.map_err(|_| ConnectError::Timeout { url: url.redacted() })?;
    let mut connection = connection.map_err(failed)?;
    if url.backend() == Backend::Sqlite {
        // SQLite looks into the file only now, and may find that it is none of its own.
        use_write_ahead_log(&mut connection).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)?;
    Ok(options)
}

fn pool_options(config: &Config) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().acquire_timeout(config.acquire_timeout);
    if config.database_url.is_in_memory() {
        // Each connection to memory would be a database of its own, which ends with it.
        return options.max_connections(1).idle_timeout(None).max_lifetime(None);
    }
    let options = options.max_connections(config.max_connections);
    match config.database_url.backend() {
        Backend::Postgres => options,
        Backend::Sqlite => options
            .after_connect(|connection, _| Box::pin(use_write_ahead_log(connection)))
            .after_release(|connection, _| Box::pin(is_outside_a_transaction(connection))),
    }
}

/// Whether the connection may go back into the pool. When the disk is full or fails, SQLite ends a transaction by itself,
/// and sqlx's own end of it fails. sqlx would take the next transaction for a part of the old one, and never commit it.
async fn is_outside_a_transaction(connection: &mut AnyConnection) -> sqlx::Result<bool> {
    // It answers after the rollback that may be under way.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// With a write-ahead log, SQLite's readers and its writer don't wait for each other
/// ([sqlite.org/wal](https://www.sqlite.org/wal.html)).
async fn use_write_ahead_log(connection: &mut AnyConnection) -> sqlx::Result<()> {
    connection.execute("PRAGMA journal_mode = WAL").await?;
    connection.execute("PRAGMA synchronous = NORMAL").await?;
    Ok(())
}

fn migrator(backend: Backend) -> Migrator {
    let (shop, catalogue) = match backend {
        Backend::Sqlite => (
            include_str!("../migrations/sqlite/0001_shop.sql"),
            include_str!("../migrations/sqlite/0002_catalogue.sql"),
        ),
        Backend::Postgres => (
            include_str!("../migrations/postgres/0001_shop.sql"),
            include_str!("../migrations/postgres/0002_catalogue.sql"),
        ),
    };
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![migration(1, "shop", shop), migration(2, "catalogue", catalogue)])
}

fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

fn item((id, sku, name, price_cents, stock): (i64, String, String, i64, i64)) -> Item {
    Item { id, sku, name, price_cents, stock }
}

async fn open_cart(transaction: &mut Transaction<'_, Any>, session: &Session) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO carts (session, created_at, updated_at) VALUES ($1, $2, $2)
         ON CONFLICT (session) DO UPDATE SET updated_at = excluded.updated_at",
    );
    insert.bind(session.as_str()).bind(seconds_since_epoch()).execute(&mut **transaction).await?;
    Ok(())
}

async fn lock_cart(transaction: &mut Transaction<'_, Any>, session: &Session) -> Result<()> {
    let update = sqlx::query("UPDATE carts SET updated_at = $2 WHERE session = $1");
    let result = update.bind(session.as_str()).bind(seconds_since_epoch()).execute(&mut **transaction).await?;
    match result.rows_affected() {
        0 => Err(Error::CartNotFound(session.clone())),
        _ => Ok(()),
    }
}

async fn find_item(transaction: &mut Transaction<'_, Any>, id: i64) -> Result<Item> {
    let row = sqlx::query_as("SELECT id, sku, name, price_cents, stock FROM items WHERE id = $1").bind(id);
    row.fetch_optional(&mut **transaction).await?.map(item).ok_or(Error::ItemNotFound(id))
}

/// Returns how many pieces of the item the cart then holds.
async fn add_line(transaction: &mut Transaction<'_, Any>, session: &Session, addition: CartAddition) -> Result<i64> {
    let insert = sqlx::query_as(
        "INSERT INTO cart_items (session, item_id, quantity) VALUES ($1, $2, $3)
         ON CONFLICT (session, item_id) DO UPDATE SET quantity = cart_items.quantity + excluded.quantity
         RETURNING quantity",
    );
    let insert = insert.bind(session.as_str()).bind(addition.item_id).bind(addition.quantity);
    let (quantity,) = insert.fetch_one(&mut **transaction).await?;
    Ok(quantity)
}

async fn cart(connection: &mut AnyConnection, session: &Session) -> Result<Cart> {
    let lines = sqlx::query_as(
        "SELECT items.id, items.sku, items.name, cart_items.quantity, items.price_cents
         FROM cart_items JOIN items ON items.id = cart_items.item_id
         WHERE cart_items.session = $1 ORDER BY items.id",
    );
    let lines: Vec<_> = lines.bind(session.as_str()).fetch_all(connection).await?.into_iter().map(cart_line).collect();
    if lines.is_empty() {
        return Err(Error::CartNotFound(session.clone()));
    }
    Ok(Cart::new(session.clone(), lines))
}

fn cart_line((item_id, sku, name, quantity, price_cents): (i64, String, String, i64, i64)) -> CartLine {
    CartLine { item_id, sku, name, quantity, price_cents }
}

async fn take_stock(transaction: &mut Transaction<'_, Any>, line: &CartLine) -> Result<()> {
    let update = sqlx::query("UPDATE items SET stock = stock - $2 WHERE id = $1 AND stock >= $2");
    let result = update.bind(line.item_id).bind(line.quantity).execute(&mut **transaction).await?;
    if result.rows_affected() == 0 {
        let item = find_item(transaction, line.item_id).await?;
        return Err(Error::OutOfStock { sku: item.sku, stock: item.stock });
    }
    Ok(())
}

async fn insert_order(transaction: &mut Transaction<'_, Any>, cart: &Cart) -> Result<Order> {
    let insert =
        sqlx::query_as("INSERT INTO orders (session, total_cents, created_at) VALUES ($1, $2, $3) RETURNING id");
    let insert = insert.bind(cart.session.as_str()).bind(cart.total_cents).bind(seconds_since_epoch());
    let (id,) = insert.fetch_one(&mut **transaction).await?;
    for line in &cart.items {
        insert_order_line(transaction, id, line).await?;
    }
    Ok(Order { id, session: cart.session.clone(), total_cents: cart.total_cents })
}

async fn insert_order_line(transaction: &mut Transaction<'_, Any>, order_id: i64, line: &CartLine) -> Result<()> {
    sqlx::query("INSERT INTO order_items (order_id, item_id, quantity, price_cents) VALUES ($1, $2, $3, $4)")
        .bind(order_id)
        .bind(line.item_id)
        .bind(line.quantity)
        .bind(line.price_cents)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A clock before 1970 counts as 1970.
fn seconds_since_epoch() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
