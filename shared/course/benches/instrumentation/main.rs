//! What the instrumentation costs a request, in CPU time: `cargo bench -p course`.
//!
//! - `over_http`: solution 04 beside the same routes without instrumentation (solution 00, which has `/metrics` and
//!   nothing else), each a process of its own. What counts is the ratio.
//! - `in_process`: the same without sockets, the parts of it, and two ways to see every request (`hooks`), in nanoseconds.
//!
//! Everything is measured in turn, round after round, and the uninstrumented app twice: whatever differs between
//! the two is noise.

mod cpu;
mod hooks;
mod in_process;
mod over_http;
mod rounds;
mod server;

use std::env;

use anyhow::Result;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    if let Some(lesson) = arguments.iter().skip_while(|argument| *argument != server::SERVE).nth(1) {
        return server::serve(lesson, has(server::ON_ONE_CPU));
    }
    // `cargo bench` says so; `cargo test --benches` does not, and wants no measurement.
    if has("--bench") {
        over_http::measure()?;
        cpu::keep_on_one()?;
        in_process::measure()?;
    }
    Ok(())
}
