//! What ends while others go on, such as a server: it takes a while, and the checks that still run must not stand still
//! meanwhile.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// All of this process.
struct All {
    in_use: usize,
    ending: Vec<JoinHandle<()>>,
}

static ALL: Mutex<All> = Mutex::new(All { in_use: 0, ending: Vec::new() });

/// A value that ends in a thread of its own when this one does. The last one in use waits for all of them, so that nothing is
/// left over.
pub(crate) struct Ending<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> Ending<T> {
    pub(crate) fn of(value: T) -> Self {
        ALL.lock().unwrap_or_else(PoisonError::into_inner).in_use += 1;
        Self(Some(value))
    }
}

impl<T: Send + 'static> Drop for Ending<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a thread, it ends right here.
        all.ending.extend(thread::Builder::new().spawn(move || drop(value)));
        all.in_use -= 1;
        if all.in_use == 0 {
            // One that panicked has said why.
            all.ending.drain(..).for_each(|ending| drop(ending.join()));
        }
    }
}
