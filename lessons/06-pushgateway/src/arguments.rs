//! What can be typed behind the program's name.

use std::time::Duration;

use clap::Parser;

/// The documentation of [`Exit`](crate::Exit), for `--help`.
const AFTER_HELP: &str = "\
Environment variables:
  DATABASE_URL     the shop's database [default: sqlite:shop.db]
  PUSHGATEWAY_URL  the Pushgateway, with user and password if it asks for them
                   [default: http://localhost:9091]

Exit codes:
  0  the work is done, and the Pushgateway knows it
  1  the work failed or was stopped, and no cart is expired
  2  an argument or PUSHGATEWAY_URL cannot be used, and nothing was done
  3  the Pushgateway did not do its part; the work is done nevertheless";

/// Expire abandoned carts, and push the result to a Pushgateway
///
/// A cart is abandoned when nobody has touched it for longer than --older-than.
/// All of them expire in one transaction: Ctrl-C leaves no half-done work.
#[derive(Debug, Parser)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// For how long nobody has touched the carts that expire: 90m, 24h, 7d
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    pub older_than: Duration,

    /// Say what would happen, change nothing and push nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Delete the job's group from the Pushgateway, and do nothing else
    #[arg(long, conflicts_with = "dry_run")]
    pub delete_group: bool,
}

/// At least a second: the shop's timestamps are no finer, and 0 would expire the carts of customers who are shopping.
fn parse_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration >= Duration::from_secs(1) => Ok(duration),
        Ok(_) => Err("it has to be at least 1s".to_owned()),
        Err(error) => Err(format!("{error}; write it like 90m, 24h or 7d")),
    }
}
