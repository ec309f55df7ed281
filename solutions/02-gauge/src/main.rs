//! The shop of TechCommerce. Run it with `cargo lab run 02 --solution`, and look at <http://127.0.0.1:8000>.

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    shop::run(solution_02_gauge::app).await
}
