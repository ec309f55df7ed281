//! Which methods have a name that HTTP defines.

use axum::http::Method;

#[test]
fn each_method_of_http_has_its_own_name() {
    for name in ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        assert_eq!(shop::standard_method(&method), Some(name));
    }
}

#[test]
fn a_method_that_a_client_makes_up_has_none() {
    for name in ["BREW", "get", "PURGE", "GETT"] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        assert_eq!(shop::standard_method(&method), None);
    }
}
