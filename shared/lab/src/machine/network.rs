//! The way to other machines, and how to do without.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::process::Stdio;

use tokio::process::Command;

/// Addresses that are kept for documentation: nobody has them, but a machine with a network has a way there.
const ELSEWHERE: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

/// A shell that switches the loopback on, which is off at first, and then becomes what stands behind it.
const LOOPBACK: [&str; 4] = ["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];

/// Whether this process has no way to any other machine. Nothing is sent to find that out.
pub fn is_cut_off() -> bool {
    ELSEWHERE.iter().all(|address| {
        let own: SocketAddr =
            if address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
        // A socket of this kind only looks for the way when it is connected.
        UdpSocket::bind(own).and_then(|socket| socket.connect(address)).is_err()
    })
}

/// What to write in front of a command, so that it has no network but its own loopback; nothing where this system cannot
/// do that, or does not allow it.
pub async fn cut() -> Option<Vec<OsString>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    // As root, the rights to start PostgreSQL as another user stay. As somebody else, the user stays.
    let as_root = [&["unshare", "--net", "--"][..], &LOOPBACK].concat();
    let by_bubblewrap = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"].to_vec();
    let as_user = [&["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--"][..], &LOOPBACK].concat();
    for words in [as_root, by_bubblewrap, as_user] {
        if works(&words).await {
            return Some(words.into_iter().map(OsString::from).collect());
        }
    }
    None
}

/// Where to connect to something that listens everywhere.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Whether a command can be started behind it.
async fn works(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).arg("true").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}
