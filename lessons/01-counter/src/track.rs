// TODO (step 3): a tower layer around every request. It wants
//
// - a `tower::Layer`, which makes a `tower::Service` that calls the inner service, and counts the answer in
//   `http_requests_total` when it is there: status, method, and the route's template;
// - (step 4) the template from axum's `MatchedPath`, among the request's extensions. A request that no route matches
//   has none: call its path `unmatched`, and a method that HTTP does not know `other`.
//
// TODO (step 5): a response to a server error has a `shop::ErrorKind` among its extensions. Count it in
// `http_exceptions_total`.
//
// TODO (step 6): a handler that panics still has to be answered with 500, and counted:
// `futures_util::FutureExt::catch_unwind`, and `shop::Error::Panic` as the answer.
