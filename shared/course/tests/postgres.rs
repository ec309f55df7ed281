//! The throw-away PostgreSQL holds the shop, and is gone afterwards.

use std::fs;
use std::net::TcpStream;

use checks::services::if_installed;
use checks::services::postgres::Postgres;
use lab::course::blocks;
use shop::{Config, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use walkdir::WalkDir;

#[tokio::test]
async fn the_shop_opens_on_a_postgres_that_ends_with_its_value() {
    let postgres = if_installed(Postgres::start().await, "the shop on PostgreSQL").unwrap();
    let Some(postgres) = postgres else { return };
    let url = reqwest::Url::parse(postgres.url()).unwrap();

    let variable = |name: &str| (name == "DATABASE_URL").then(|| postgres.url().to_owned());
    let store = Store::connect(&Config::from_variables(variable).unwrap()).await.unwrap();
    assert!(!store.list_items().await.unwrap().is_empty());
    store.close().await;

    drop(postgres);
    // A server that was there before stays.
    if std::env::var("LAB_POSTGRES_URL").is_err() {
        assert!(TcpStream::connect(("127.0.0.1", url.port().unwrap())).is_err());
    }
}

#[tokio::test]
async fn what_the_texts_say_in_sql_can_be_typed_into_the_shops_database() {
    let postgres = if_installed(Postgres::start().await, "the SQL of the texts").unwrap();
    let Some(postgres) = postgres else { return };
    let variable = |name: &str| (name == "DATABASE_URL").then(|| postgres.url().to_owned());
    Store::connect(&Config::from_variables(variable).unwrap()).await.unwrap().close().await;
    let folders = ["docs/src", "lessons"].into_iter().flat_map(|folder| WalkDir::new(course::path(folder)));
    let texts =
        folders.map(|file| file.unwrap().into_path()).filter(|file| file.extension().is_some_and(|end| end == "md"));
    let blocks: Vec<_> = texts.flat_map(|text| blocks::of(&fs::read_to_string(text).unwrap(), "sql")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        // A connection of its own: what it locks is free again afterwards.
        let mut connection = PgConnection::connect(postgres.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(block.clone()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{error}:\n{block}"));
        connection.close().await.unwrap();
    }
}

/// Who is one can start programs, as the server's user. What is checked must not become one.
#[tokio::test]
async fn nobody_becomes_a_superuser_of_the_throw_away_postgres_without_its_password() {
    let postgres = if_installed(Postgres::start().await, "the passwords of PostgreSQL").unwrap();
    let Some(postgres) = postgres.filter(Postgres::is_own) else { return };
    for password in [None, Some("postgres")] {
        let mut url = reqwest::Url::parse(postgres.url()).unwrap();
        url.set_password(password).unwrap();
        let refused = PgConnection::connect(url.as_str()).await.unwrap_err();
        assert!(refused.to_string().contains("password"), "{refused}");
    }
    PgConnection::connect(postgres.url()).await.unwrap().close().await.unwrap();
}
