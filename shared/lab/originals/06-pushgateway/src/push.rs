// TODO (step 1): the Pushgateway. It wants
//
// - a constant `JOB`, `"expire_carts"`: the job's name;
// - a struct `Pushgateway` with `from_env() -> anyhow::Result<Self>`, which reads the URL from `PUSHGATEWAY_URL`, or
//   takes `http://localhost:9091`. A URL that cannot be used is an error that does not show it: it may hold a password;
// - a method `push_all`, which pushes the metrics by PUT. `prometheus_push` has the client, in
//   `prometheus_push::prometheus_crate`: `PrometheusMetricsPusher::from(reqwest::Client::new(), &url)?`.
//
// TODO (step 3): the grouping key is the job's name alone: give an empty map. A URL with a path needs a `/` at its end,
// or `prometheus_push` loses the path's last segment: `http://proxy/gateway`.
//
// TODO (step 4): add `push_add`, which pushes by POST, for a run that failed.
//
// TODO (step 5): have patience, and an end to it. The client of `prometheus_push` neither tries again nor has a
// time-out, and hides the gateway's reason. Write one of your own, a `reqwest::Client` with a time-out, implement
// `prometheus_push::non_blocking::Push<Vec<u8>>` for it, and give it to `MetricsPusher::new` instead. Try again, with
// growing pauses (`backon`), when the gateway cannot be reached, does not answer or answers 5xx. Other answers are
// final.
//
// TODO (step 6): add `delete_group`. `prometheus_push` has no call for it: send a DELETE to the group's URL.
