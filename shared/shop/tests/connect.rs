//! A database that cannot be used: the shop says why, within seconds, and without the password.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::net::TcpListener;

use shop::{Config, Store};

/// Everything that a person would see of the error.
async fn why_not(url: &str) -> String {
    let config = Config::from_variables(|name| (name == "DATABASE_URL").then(|| url.to_owned())).unwrap();
    let error = Store::connect(&config).await.unwrap_err();
    format!("{:#}", anyhow::Error::from(error))
}

#[tokio::test]
async fn a_server_that_is_down_is_named_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message = why_not(&format!("postgres://shop:hidden@{free}/shop")).await;
    assert!(message.contains(&format!("postgres://shop@{free}/shop: is it running")), "{message}");
    assert!(!message.contains("hidden"), "{message}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let message = why_not(&format!("postgres://shop:hidden@{}/shop", silent.local_addr().unwrap())).await;
    assert!(message.contains("did not answer within 5 seconds"), "{message}");
    assert!(!message.contains("hidden"), "{message}");
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("shop.db");
    let message = why_not(&format!("sqlite:{}", path.display())).await;
    assert!(message.contains("missing/shop.db") && message.contains("unable to open database file"), "{message}");
    assert!(message.contains("file and folder") && !message.contains("password"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear Ana, ".repeat(100)).unwrap();
    let message = why_not(&format!("sqlite:{}", path.display())).await;
    assert!(message.contains("file is not a database"), "{message}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear Ana, ".repeat(100));
}
