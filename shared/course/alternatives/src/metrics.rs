//! What every alternative keeps, whatever library it takes for that.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use shop::Store;

/// How long a scrape waits for the database.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

pub(crate) const LATENCY_BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5];
pub(crate) const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// The gauges without labels.
pub(crate) const GAUGES: [&str; 10] = [
    "cart_sessions_active",
    "db_connections_active",
    "db_connections_idle",
    "db_connections_max",
    "app_cpu_usage_ratio",
    "app_memory_bytes",
    "system_cpu_usage_ratio",
    "system_memory_usage_ratio",
    "system_disk_free_bytes",
    "system_disk_size_bytes",
];

/// The labels of `app_info`, and their values.
pub(crate) const APP_INFO: [(&str, &str); 4] = [
    ("version", env!("CARGO_PKG_VERSION")),
    ("rust_version", shop::RUST_VERSION),
    ("os", std::env::consts::OS),
    ("arch", std::env::consts::ARCH),
];

/// The metrics, as the app sees them.
pub(crate) type Shared = Arc<dyn Metrics>;

/// The metrics of lessons 00 to 04.
pub(crate) trait Metrics: Send + Sync {
    /// Adds so many additions to a product. With none, it makes the product's series.
    fn add_to_cart(&self, product: &str, additions: u64);
    /// Counts and times an answer.
    fn answer(&self, method: &str, path: &str, status_code: u16, elapsed: Duration);
    /// Counts an answer with 5xx.
    fn exception(&self, method: &str, path: &str, exception_type: &str);
    /// Takes a request up (1), or down (-1).
    fn in_progress(&self, method: &str, path: &str, change: i64);
    /// Times a query.
    fn query(&self, operation: &str, elapsed: Duration);
    /// Sets one of [`GAUGES`].
    fn set(&self, gauge: &str, value: f64);
    /// The page and its content type.
    fn page(&self) -> Result<(&'static str, String)>;
}

/// Sets what is read at each scrape.
pub(crate) async fn observe(metrics: &dyn Metrics, store: &Store) {
    let pool = store.pool();
    let open = f64::from(pool.size());
    let idle = (pool.num_idle() as f64).min(open);
    metrics.set("db_connections_active", open - idle);
    metrics.set("db_connections_idle", idle);
    metrics.set("db_connections_max", f64::from(pool.options().get_max_connections()));
    let read = async {
        for item in store.list_items().await? {
            metrics.add_to_cart(&item.sku, 0);
        }
        store.count_open_carts().await
    };
    let carts = tokio::time::timeout(DATABASE_TIMEOUT, read).await;
    metrics.set("cart_sessions_active", carts.ok().and_then(Result::ok).map_or(f64::NAN, |count| count as f64));
}

/// A request that is being handled, for as long as this value lives.
pub(crate) struct InProgress {
    metrics: Shared,
    method: String,
    path: String,
}

impl InProgress {
    pub(crate) fn start(metrics: &Shared, method: &str, path: &str) -> Self {
        metrics.in_progress(method, path, 1);
        Self { metrics: Arc::clone(metrics), method: method.to_owned(), path: path.to_owned() }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.metrics.in_progress(&self.method, &self.path, -1);
    }
}
