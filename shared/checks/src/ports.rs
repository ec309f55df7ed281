//! Ports for the servers that are started here.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what systems hand out by themselves: from 32768 on Linux, and from 49152 elsewhere (RFC 6335, section 6).
/// One of those may be handed to a client before the server takes it, even to the very client that waits for the
/// server: it is then connected to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Counts on, so that no two servers of this process are given the same port, and begins anywhere, so that two
/// processes seldom try the same.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(RandomState::new().build_hasher().finish() as u16));

/// A port of 127.0.0.1 that is free now. Another program may take it before the server does; then the server says so.
///
/// # Errors
///
/// When none is.
pub fn free_port() -> io::Result<u16> {
    let candidates = (0..COUNT).map(|_| FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    candidates.into_iter().find(is_free).ok_or_else(|| io::ErrorKind::AddrInUse.into())
}
