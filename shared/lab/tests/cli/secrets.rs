//! What may be a secret is on no screen, in no object for a tool, and in no error.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;
use std::thread;

use crate::course::{SmallCourse, code, free_address, stderr, stdout};

const SECRET: &str = "s3cret";

#[test]
fn a_password_in_the_url_of_a_shop_is_never_shown() {
    let course = SmallCourse::new();
    let (closed, answering) = (free_address(), serve_500());
    for address in [&closed, &answering] {
        for url in [
            format!("http://ana:s3cret@{address}"),
            format!("http://s3cret@{address}/s3cret/metrics"),
            format!("http://{address}/?key=s3cret"),
            format!("http://{address}/#s3cret"),
            format!("https://ana:s3cret@{address}"),
            format!("ana:s3cret@{address}"),
            format!("http://ana:s3cret@[::1/{address}"),
        ] {
            for arguments in [
                &["check", "00", "--url", &url][..],
                &["check", "00", "--format", "json", "--url", &url],
                &["check", &url],
                &["load", "--requests", "1", "--url", &url],
                &["load", "--requests", "1", "--format", "json", "--url", &url],
            ] {
                let output = course.lab(arguments).output().unwrap();
                assert_ne!(code(&output), 0, "{arguments:?}");
                shows_no_secret(&output);
            }
        }
    }
}

#[test]
fn an_app_at_a_url_is_named_by_its_host_and_port() {
    let address = serve_500();
    let output = SmallCourse::new().lab(&["check", "00", "--url", &format!("http://ana:s3cret@{address}/")]).output();
    let text = stdout(&output.unwrap());
    assert!(text.starts_with(&format!("http://{address} as 00-item-api")), "{text}");
}

fn shows_no_secret(output: &Output) {
    let text = stdout(output) + &stderr(output);
    assert!(!text.contains(SECRET), "{text}");
}

/// A server that answers everything with an error, for as long as the tests run.
fn serve_500() -> String {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut connection in server.incoming().flatten() {
            let _ = connection.read(&mut [0; 1024]);
            let _ = connection.write_all(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    address
}
