//! A database that can be brought into trouble, and out of it again.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::database::{Database, DatabaseError, connect};
use crate::services::link::Link;

/// What a database can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody reaches it. Connections that are open are of no use any more, and new ones are refused, all at once.
    ///
    /// To be the last trouble of a database: SQLite ends a transaction by itself when it cannot reach its file, which
    /// sqlx does not notice. Its connection works on, but the next transaction that fails stays open.
    Gone,
    /// It takes connections and statements, and answers none of them. What still waits goes on when the database is
    /// restored. On SQLite it has given up by then if that took longer than the driver's five seconds.
    Stalled,
    /// It answers, but each query of the catalogue or of a cart fails at once: the table `items` is not there.
    Refusing,
}

/// A database that nobody else uses, for an app of its own, and that goes when this value does, whatever trouble it is
/// in.
pub(crate) struct FragileDatabase {
    url: String,
    server: Server,
    trouble: Option<Trouble>,
}

/// What answers to an app.
enum Server {
    /// SQLite, in the app itself.
    File(LockedByFolder),
    /// PostgreSQL, behind a link.
    Postgres { link: Link, database: Database },
}

/// A file of SQLite that is opened with `unix-dotfile`: a way of locking that comes with SQLite, for systems without
/// file locks. Each statement makes a folder beside the file, and removes it at the end.
///
/// An open file cannot be taken away from a program, and with the usual locks nobody can stop its readers. Here both
/// is possible, from any process: where the folder is there already, the database is locked. Where it cannot be
/// made, since its place is not there, the database cannot be reached.
struct LockedByFolder {
    home: TempDir,
}

impl FragileDatabase {
    /// Makes one: on the server of `DATABASE_URL` if that names PostgreSQL, else a file of SQLite. None on systems that
    /// cannot bring SQLite into trouble.
    pub(crate) async fn fresh() -> Result<Option<Self>, DatabaseError> {
        let database = Database::fresh().await?;
        let url = Url::parse(database.url()).map_err(|_| DatabaseError::Url)?;
        if url.scheme() != "sqlite" {
            return Self::behind_a_link(url, database).await.map(Some);
        }
        if cfg!(unix) { Self::in_a_file().map(Some) } else { Ok(None) }
    }

    async fn behind_a_link(mut url: Url, database: Database) -> Result<Self, DatabaseError> {
        const DEFAULT_PORT: u16 = 5432;
        let host = url.host_str().ok_or(DatabaseError::Url)?;
        let link = Link::to(&format!("{host}:{}", url.port().unwrap_or(DEFAULT_PORT))).await?;
        lead_to(&mut url, link.address()).map_err(|()| DatabaseError::Url)?;
        Ok(Self { url: url.into(), server: Server::Postgres { link, database }, trouble: None })
    }

    fn in_a_file() -> Result<Self, DatabaseError> {
        let file = LockedByFolder { home: tempfile::Builder::new().prefix("shop-").tempdir()? };
        fs::create_dir(file.folder())?;
        let url = format!("sqlite:{}?mode=rwc&vfs=unix-dotfile", file.folder().join("shop.db").display());
        Ok(Self { url, server: Server::File(file), trouble: None })
    }

    /// Its URL, for the app.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Brings it into trouble, out of any that it is in.
    pub(crate) async fn bring_into(&mut self, trouble: Trouble) -> Result<(), DatabaseError> {
        self.restore().await?;
        self.trouble = Some(trouble);
        match (&mut self.server, trouble) {
            (Server::File(file), Trouble::Gone) => file.hide().await?,
            (Server::File(file), Trouble::Stalled) => file.lock().await?,
            (Server::Postgres { link, .. }, Trouble::Gone) => link.cut().await,
            (Server::Postgres { link, .. }, Trouble::Stalled) => link.pause(),
            (_, Trouble::Refusing) => self.execute("ALTER TABLE items RENAME TO items_away").await?,
        }
        Ok(())
    }

    /// Lets it answer again.
    pub(crate) async fn restore(&mut self) -> Result<(), DatabaseError> {
        match (&mut self.server, self.trouble.take()) {
            (_, None) => {}
            (Server::File(file), Some(Trouble::Gone)) => file.bring_back()?,
            (Server::File(file), Some(Trouble::Stalled)) => file.unlock()?,
            (Server::Postgres { link, .. }, Some(Trouble::Gone)) => link.restore().await?,
            (Server::Postgres { link, .. }, Some(Trouble::Stalled)) => link.go_on(),
            (_, Some(Trouble::Refusing)) => self.execute("ALTER TABLE items_away RENAME TO items").await?,
        }
        Ok(())
    }

    async fn execute(&self, statement: &'static str) -> Result<(), DatabaseError> {
        let url = match &self.server {
            Server::File(_) => &self.url,
            Server::Postgres { database, .. } => database.url(),
        };
        let mut connection = connect(url).await?;
        connection.execute(statement).await?;
        Ok(connection.close().await?)
    }
}

fn lead_to(url: &mut Url, address: SocketAddr) -> Result<(), ()> {
    url.set_ip_host(address.ip())?;
    url.set_port(Some(address.port()))
}

impl LockedByFolder {
    /// How long a statement may take that has the lock.
    const PATIENCE: Duration = Duration::from_secs(10);
    const POLL_INTERVAL: Duration = Duration::from_millis(1);

    /// Where the database is.
    fn folder(&self) -> PathBuf {
        self.home.path().join("here")
    }

    /// Where it is while it is gone.
    fn hidden_folder(&self) -> PathBuf {
        self.home.path().join("away")
    }

    fn lock_folder(&self) -> PathBuf {
        self.folder().join("shop.db.lock")
    }

    async fn lock(&self) -> io::Result<()> {
        let deadline = Instant::now() + Self::PATIENCE;
        loop {
            match fs::create_dir(self.lock_folder()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && Instant::now() < deadline => {
                    sleep(Self::POLL_INTERVAL).await;
                }
                result => return result,
            }
        }
    }

    fn unlock(&self) -> io::Result<()> {
        fs::remove_dir(self.lock_folder())
    }

    /// Only when it is locked, so that nobody is in the middle of a statement.
    async fn hide(&self) -> io::Result<()> {
        self.lock().await?;
        fs::rename(self.folder(), self.hidden_folder())
    }

    fn bring_back(&self) -> io::Result<()> {
        fs::rename(self.hidden_folder(), self.folder())?;
        self.unlock()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shop::{CartAddition, Config, Error, Session, Store};
    use tokio::time::{sleep, timeout};

    use super::{FragileDatabase, Trouble};

    async fn store(database: &FragileDatabase) -> Store {
        let variable = |name: &str| match name {
            "DATABASE_URL" => Some(database.url().to_owned()),
            _ => None,
        };
        Store::connect(&Config::from_variables(variable).unwrap()).await.unwrap()
    }

    /// Reads, also when another request has opened a connection meanwhile, and writes.
    async fn errors(store: &Store) -> Vec<Error> {
        let session: Session = "ana".to_owned().try_into().unwrap();
        let (items, item, carts, cart) =
            tokio::join!(store.list_items(), store.find_item(1), store.count_open_carts(), store.delete_cart(&session));
        let not_found = |error: &Error| matches!(error, Error::CartNotFound(_));
        let errors = [items.err(), item.err(), carts.err(), cart.err().filter(|error| !not_found(error))];
        errors.into_iter().flatten().collect()
    }

    #[tokio::test]
    async fn a_database_that_is_gone_fails_at_once_and_comes_back() {
        let Some(mut database) = FragileDatabase::fresh().await.unwrap() else { return };
        let store = store(&database).await;
        assert_eq!(errors(&store).await.len(), 0);
        for _ in 0..3 {
            database.bring_into(Trouble::Gone).await.unwrap();
            let failed = errors(&store).await;
            assert!(failed.iter().all(|error| matches!(error, Error::DatabaseUnavailable(_))), "{failed:?}");
            assert_eq!(failed.len(), 4, "{failed:?}");
            database.restore().await.unwrap();
            let failed = errors(&store).await;
            assert_eq!(failed.len(), 0, "{failed:?}");
        }
    }

    #[tokio::test]
    async fn a_database_that_is_stalled_answers_nothing_and_then_all_of_it() {
        let Some(mut database) = FragileDatabase::fresh().await.unwrap() else { return };
        let store = store(&database).await;
        assert_eq!(errors(&store).await.len(), 0);
        for _ in 0..3 {
            database.bring_into(Trouble::Stalled).await.unwrap();
            assert!(timeout(Duration::from_millis(300), store.list_items()).await.is_err());
            let (failed, restored) = tokio::join!(errors(&store), async {
                sleep(Duration::from_millis(300)).await;
                database.restore().await
            });
            restored.unwrap();
            assert_eq!(failed.len(), 0, "{failed:?}");
        }
    }

    #[tokio::test]
    async fn one_trouble_may_follow_the_other_in_the_middle_of_a_transaction() {
        let Some(mut database) = FragileDatabase::fresh().await.unwrap() else { return };
        let store = store(&database).await;
        let session: Session = "ana".to_owned().try_into().unwrap();
        let addition: CartAddition = serde_json::from_str(r#"{ "item_id": 1, "quantity": 1 }"#).unwrap();
        for trouble in [Trouble::Refusing, Trouble::Refusing, Trouble::Gone] {
            database.bring_into(trouble).await.unwrap();
            store.add_to_cart(&session, addition).await.unwrap_err();
            database.restore().await.unwrap();
            store.add_to_cart(&session, addition).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_database_that_refuses_says_that_it_is_an_error() {
        let Some(mut database) = FragileDatabase::fresh().await.unwrap() else { return };
        let store = store(&database).await;
        assert_eq!(errors(&store).await.len(), 0);
        database.bring_into(Trouble::Refusing).await.unwrap();
        let failed = [store.list_items().await.err().unwrap(), store.find_item(1).await.err().unwrap()];
        assert!(failed.iter().all(|error| matches!(error, Error::Database(_))), "{failed:?}");
        database.restore().await.unwrap();
        assert_eq!(errors(&store).await.len(), 0);
    }
}
