// TODO (step 1): the metrics of one run, all of them gauges. It wants
//
// - a struct `Metrics` that holds a `prometheus::Registry` of its own: what is not in it is not pushed;
// - `Metrics::new() -> prometheus::Result<Self>`, which makes and registers
//   `batch_last_run_timestamp_seconds`, `batch_last_success_timestamp_seconds`, `batch_duration_seconds` and
//   `batch_carts_expired`, and notes when the run began;
// - a method `finish(&self, expired: Option<u64>)`, which sets them at the end of a run that expired so many carts, or
//   that failed, and returns what the registry gathers. A timestamp is the time now, in seconds since the epoch.
//
// TODO (step 2): add the gauge `batch_step_duration_seconds`, by `step`, and a method `timed`, which awaits a step and
// notes how long it took, however it ended.
//
// TODO (step 4): a run that fails must not push `batch_last_success_timestamp_seconds`, not even as 0. So don't
// register it in `new`, but in `finish`, where the run has succeeded. How many carts did a failed run expire?
