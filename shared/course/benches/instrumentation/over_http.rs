//! Over HTTP: the CPU time of the whole server process, divided by the number of requests.

use anyhow::Result;
use reqwest::Client;
use tokio::runtime::Runtime;

use crate::rounds::Rounds;
use crate::server::Server;

/// Many short rounds: what else the machine does then weighs on all sides alike.
const ROUNDS: usize = 301;
const REQUESTS: usize = 400;
/// Sent before each round and not counted: the other servers have had the CPU's caches for themselves.
const WARM_UP: usize = 80;
/// How many connections are kept open, each with one request at a time.
const CONNECTIONS: usize = 8;

/// A route without a database, and one with a query.
const ROUTES: [&str; 2] = ["/live", "/items/1"];

/// Prints a line for each route: on one CPU, where a server's threads take turns, and on all, where what a thread
/// has to wait for depends on what else the machine does.
pub(crate) fn measure() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::builder().no_proxy().build()?;
    println!("\nCPU time per request over HTTP, {ROUNDS} rounds of {REQUESTS} requests: medians (and quartiles)\n");
    println!("{:<26}{:>16}{:>16}{:>16}  {:<24}noise", "", "uninstrumented", "again", "solution 04", "ratio");
    for on_one_cpu in [true, false] {
        let mut servers =
            [Server::start("00", on_one_cpu)?, Server::start("00", on_one_cpu)?, Server::start("04", on_one_cpu)?];
        for route in ROUTES {
            let rounds = Rounds::measure(ROUNDS, servers.len(), |index| {
                cost_per_request(&runtime, &client, &mut servers[index], route)
            })?;
            let name = format!("GET {route}, {}", if on_one_cpu { "one CPU" } else { "all CPUs" });
            println!(
                "{name:<26}{:>13.2} us{:>13.2} us{:>13.2} us  {:<24}{}",
                rounds.median(0),
                rounds.median(1),
                rounds.median(2),
                with_quartiles(rounds.ratio(2, &[0, 1])),
                with_quartiles(rounds.ratio(1, &[0])),
            );
        }
    }
    Ok(())
}

/// In microseconds.
fn cost_per_request(runtime: &Runtime, client: &Client, server: &mut Server, route: &str) -> Result<f64> {
    let url = format!("{}{route}", server.base_url);
    runtime.block_on(send_requests(client, &url, WARM_UP))?;
    let before = server.cpu_time()?;
    runtime.block_on(send_requests(client, &url, REQUESTS))?;
    let used = server.cpu_time()? - before;
    Ok(used.as_secs_f64() * 1e6 / REQUESTS as f64)
}

async fn send_requests(client: &Client, url: &str, count: usize) -> Result<()> {
    let mut connections = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, url) = (client.clone(), url.to_owned());
        connections.spawn(async move {
            for _ in 0..count / CONNECTIONS {
                client.get(&url).send().await?.error_for_status()?.bytes().await?;
            }
            reqwest::Result::Ok(())
        });
    }
    while let Some(connection) = connections.join_next().await {
        connection??;
    }
    Ok(())
}

fn with_quartiles([first, median, third]: [f64; 3]) -> String {
    format!("{median:.3} ({first:.3} to {third:.3})")
}
