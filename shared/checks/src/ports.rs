//! Ports for the servers that are started here.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// Below what systems hand out by themselves: from 32768 on Linux, and from 49152 elsewhere (RFC 6335, section 6).
/// One of those may be handed to a client before the server takes it, even to the very client that waits for the
/// server: it is then connected to itself.
const FIRST: u16 = 20_000;
/// How many processes can have ports at the same time.
const BLOCKS: u16 = 60;
/// More than the servers that one process starts at the same time.
const PORTS_OF_A_BLOCK: u16 = 200;

/// The ports of this process, once it needs some.
static BLOCK: Mutex<Option<Block>> = Mutex::new(None);

/// Ports that no other process of the course takes, in the time between the moment in which one is found free and the
/// moment in which a server takes it.
struct Block {
    /// At the first port of the block, for as long as this process lives. It tells the others that the block is taken.
    _claim: TcpListener,
    first: u16,
    next: u16,
    /// Those at which something will listen again.
    kept: HashSet<u16>,
}

impl Block {
    /// Begins to look anywhere, so that processes that start at the same time seldom try the same.
    fn claim() -> io::Result<Self> {
        let start = (RandomState::new().build_hasher().finish() % u64::from(BLOCKS)) as u16;
        let mut firsts = (0..BLOCKS).map(|number| FIRST + (start + number) % BLOCKS * PORTS_OF_A_BLOCK);
        let block =
            firsts.find_map(|first| Some(Self { _claim: listen(first).ok()?, first, next: 0, kept: HashSet::new() }));
        block.ok_or_else(|| io::ErrorKind::AddrInUse.into())
    }

    /// The next one that is free: one that was given out comes again last of all.
    fn free_port(&mut self) -> io::Result<u16> {
        for _ in 1..PORTS_OF_A_BLOCK {
            self.next = self.next % (PORTS_OF_A_BLOCK - 1) + 1;
            let port = self.first + self.next;
            if !self.kept.contains(&port) && listen(port).is_ok() {
                return Ok(port);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

/// A port of 127.0.0.1 that is free now. A program that is not of the course may take it before the server does; then
/// the server says so.
///
/// # Errors
///
/// When none is.
pub fn free_port() -> io::Result<u16> {
    in_block(Block::free_port)
}

fn in_block<T>(look: impl FnOnce(&mut Block) -> io::Result<T>) -> io::Result<T> {
    let mut block = BLOCK.lock().map_err(|_| io::Error::other("a thread panicked while it looked for a port"))?;
    match block.as_mut() {
        Some(block) => look(block),
        None => look(block.insert(Block::claim()?)),
    }
}

/// A port of 127.0.0.1 that is given to nobody else while this value lives, also while nothing listens there.
#[derive(Debug)]
pub(crate) struct KeptPort(u16);

impl KeptPort {
    /// One that is free now.
    ///
    /// # Errors
    ///
    /// When none is.
    pub(crate) fn new() -> io::Result<Self> {
        in_block(|block| {
            let port = block.free_port()?;
            block.kept.insert(port);
            Ok(Self(port))
        })
    }

    pub(crate) fn number(&self) -> u16 {
        self.0
    }
}

impl Drop for KeptPort {
    fn drop(&mut self) {
        // It fails only after a panic, and then nobody is given a port any more.
        let _ = in_block(|block| Ok(block.kept.remove(&self.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_are_never_given_the_same_port() {
        let mut blocks = [Block::claim().unwrap(), Block::claim().unwrap()];
        let [ours, theirs] =
            blocks.each_mut().map(|block| (0..300).map(|_| block.free_port().unwrap()).collect::<Vec<_>>());
        assert!(ours.iter().all(|port| !theirs.contains(port)));
    }

    #[test]
    fn a_kept_port_is_given_to_nobody_until_it_is_let_go() {
        let kept = KeptPort::new().unwrap();
        let port = kept.number();
        let all = || (0..PORTS_OF_A_BLOCK).map(|_| free_port().unwrap()).collect::<Vec<_>>();
        assert!(!all().contains(&port));
        drop(kept);
        assert!(all().contains(&port));
    }
}
