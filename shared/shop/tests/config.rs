//! What the environment may say, and what it is told when it errs.

use shop::Config;
use shop::config::{Backend, ConfigError};

fn config(name: &'static str, value: &'static str) -> Result<Config, ConfigError> {
    Config::from_variables(move |variable| (variable == name).then(|| value.to_owned()))
}

#[test]
fn every_setting_has_a_default() {
    let config = Config::from_variables(|_| None).unwrap();
    assert_eq!(config.database_url.backend(), Backend::Sqlite);
    assert_eq!(config.listen_addresses, ["127.0.0.1:8000".parse().unwrap()]);
}

#[test]
fn several_addresses_are_several_replicas() {
    let config = config("LISTEN_ADDR", "127.0.0.1:8000, 127.0.0.1:8001").unwrap();
    assert_eq!(config.listen_addresses.len(), 2);
}

#[test]
fn the_metrics_have_no_address_of_their_own_by_default() {
    assert_eq!(Config::from_variables(|_| None).unwrap().metrics_addresses, None);
}

#[test]
fn the_metrics_may_have_an_address_of_their_own() {
    let config = config("METRICS_ADDR", "127.0.0.1:9101").unwrap();
    assert_eq!(config.metrics_addresses, Some(vec!["127.0.0.1:9101".parse().unwrap()]));
}

#[test]
fn both_databases_are_known_by_their_scheme() {
    for (url, backend) in [
        ("postgres://shop@localhost/shop", Backend::Postgres),
        ("postgresql://shop@localhost/shop", Backend::Postgres),
        ("sqlite:shop.db", Backend::Sqlite),
        ("sqlite::memory:", Backend::Sqlite),
    ] {
        assert_eq!(config("DATABASE_URL", url).unwrap().database_url.backend(), backend, "{url}");
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_named_with_an_example() {
    for (name, value) in [
        ("DATABASE_URL", "mysql://shop:secret@localhost/shop"),
        ("DATABASE_URL", "secret"),
        ("LISTEN_ADDR", "localhost"),
        ("LISTEN_ADDR", ""),
        ("METRICS_ADDR", "9101"),
        ("METRICS_ADDR", "127.0.0.1:9101, 127.0.0.1:9102"),
        ("DATABASE_MAX_CONNECTIONS", "0"),
        ("DATABASE_MAX_CONNECTIONS", "-1"),
        ("DATABASE_MAX_CONNECTIONS", "99999999999999999999"),
        ("DATABASE_ACQUIRE_TIMEOUT_MS", "soon"),
    ] {
        let message = config(name, value).unwrap_err().to_string();
        assert!(message.starts_with(name) && message.contains("such as"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn no_form_of_a_database_url_shows_its_password() {
    let url =
        config("DATABASE_URL", "postgres://shop:secret@localhost:5432/shop?password=secret").unwrap().database_url;
    assert_eq!(url.redacted(), "postgres://shop@localhost:5432/shop");
    assert_eq!(format!("{url:?}"), "postgres://shop@localhost:5432/shop");
}

#[test]
fn the_url_of_an_existing_database_creates_no_file() {
    for written in ["sqlite:shop.db", "sqlite:shop.db?mode=rwc", "sqlite:shop.db?mode=%72wc"] {
        let url = config("DATABASE_URL", written).unwrap().database_url;
        assert_eq!(url.of_existing().expose(), "sqlite:shop.db?mode=rw");
    }
}

#[test]
fn a_password_that_would_be_taken_for_a_host_has_to_be_encoded() {
    for password in ["se@cret", "12/se@cret", "se/cret", "se#cret", "12#secret", "se?cret", "p@a/secret"] {
        let url = format!("postgres://shop:{password}@localhost/shop");
        let message =
            Config::from_variables(|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap_err().to_string();
        assert!(message.contains("percent-encoded"), "{password}: {message}");
        assert!(!message.contains("cret"), "{password}: {message}");
    }
}

#[test]
fn a_connection_with_tls_can_be_asked_for() {
    let url = config("DATABASE_URL", "postgres://shop@localhost/shop?sslmode=require").unwrap().database_url;
    assert_eq!(url.expose(), "postgres://shop@localhost/shop?sslmode=require");
}

#[test]
fn the_pairs_that_other_programs_take_are_a_url() {
    for (pairs, shown) in [
        ("host=db.local port=5433 user=shop password=secret dbname=shop", "postgres://shop@db.local:5433/shop"),
        ("host=/var/run/postgresql dbname=shop user=shop", "postgres://shop@%2Fvar%2Frun%2Fpostgresql/shop"),
        ("host=::1 dbname=shop", "postgres://[::1]/shop"),
    ] {
        assert_eq!(config("DATABASE_URL", pairs).unwrap().database_url.redacted(), shown);
    }
    let url = config("DATABASE_URL", "host=localhost password=p@s/s%41 user=shop").unwrap().database_url;
    assert_eq!(url.expose(), "postgres://shop:p%40s%2Fs%2541@localhost");
}

#[test]
fn an_address_of_ipv6_is_given_to_the_driver_without_its_brackets() {
    let url = config("DATABASE_URL", "postgres://shop@[::1]:5432/shop").unwrap().database_url;
    assert_eq!(url.expose(), "postgres://shop@[::1]:5432/shop?hostaddr=%3A%3A1");
    assert_eq!(url.redacted(), "postgres://shop@[::1]:5432/shop");
}
