//! Programs of students that need nothing but the standard library.

/// A shop without a page of metrics: lesson 00 before its first step.
pub(crate) const WITHOUT_METRICS: &str = r#"
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let addresses = std::env::var("LISTEN_ADDR").unwrap();
    let servers = addresses.split(',').map(|address| TcpListener::bind(address).unwrap());
    let threads: Vec<_> = servers.map(|server| std::thread::spawn(move || serve(&server))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn serve(server: &TcpListener) {
    for mut connection in server.incoming().flatten() {
        let _ = connection.read(&mut [0; 1024]);
        let _ = connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}
"#;

/// The lines of a page that does all of lesson 00.
const DONE: [&str; 3] = [
    "# HELP app_info What runs.",
    "# TYPE app_info gauge",
    "app_info{version=\"0.1.0\",rust_version=\"1.95.0\",os=\"linux\",arch=\"x86_64\"} 1",
];

/// A shop that does all of lesson 00.
pub(crate) fn done() -> String {
    with_page(&DONE)
}

/// A shop that answers every request with a page of these lines.
pub(crate) fn with_page(lines: &[&str]) -> String {
    let page = lines.join("\n") + "\n";
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: {}\r\n",
        page.len()
    );
    let answer = format!("{head}connection: close\r\n\r\n{page}");
    let written = r#"b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n""#;
    WITHOUT_METRICS.replace(written, &format!("{answer:?}.as_bytes()"))
}
