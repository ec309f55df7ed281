//! A shop on a PostgreSQL of its own, behind a link that can be made slow, stalled and cut.

use checks::services::if_installed;
use checks::services::link::Link;
use checks::services::postgres::Postgres;
use reqwest::Url;

use super::process::Shop;

/// All three end with this value.
pub(crate) struct FarDatabase {
    pub(crate) shop: Shop,
    pub(crate) link: Link,
    postgres: Postgres,
}

impl FarDatabase {
    /// None where PostgreSQL is not installed.
    pub(crate) async fn start(pool: &str) -> Option<Self> {
        let postgres = if_installed(Postgres::start().await, "the shop's faults on PostgreSQL").unwrap()?;
        let mut url: Url = postgres.url().parse().unwrap();
        let link = Link::to(&format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
        url.set_ip_host(link.address().ip()).unwrap();
        url.set_port(Some(link.address().port())).unwrap();
        let variables = [("DATABASE_URL", url.as_str()), ("DATABASE_MAX_CONNECTIONS", pool)];
        // In a thread that may wait, since the link needs this one.
        let shop = tokio::task::block_in_place(|| Shop::start(&variables, &[]));
        Some(Self { shop, link, postgres })
    }

    /// Past the link.
    pub(crate) fn database_url(&self) -> &str {
        self.postgres.url()
    }
}
