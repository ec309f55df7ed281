// TODO (step 1): the metrics of the shop, and the page that shows them. It wants
//
// - a struct `Metrics` that holds a `prometheus::Registry` of its own: with the default registry, which is
//   global, two apps in one process would collide;
// - `Metrics::new() -> anyhow::Result<Self>`, which makes the registry;
// - a handler `page`, which gathers the registry's metrics, encodes them with `encode_to_string` of
//   `prometheus::TextEncoder`, and says in its content type that this is `text/plain; version=0.0.4; charset=utf-8`. An
//   encoder that fails is a 500, with its error.
//
// TODO (step 2): register the gauge `app_info`, whose value is always 1. Its labels tell what runs: `version`
// (`env!("CARGO_PKG_VERSION")`), `rust_version` (`shop::RUST_VERSION`), `os` and `arch` (`std::env::consts`).
