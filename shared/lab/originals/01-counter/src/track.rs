// TODO (step 3): a tower layer around every request. It wants
//
// - a `tower::Layer`, which wraps the routes in a `tower::Service`;
// - that service, which calls the inner one, and counts its answer in `http_requests_total` by method, path and
//   status code.
//
// TODO (step 4): label values come from short lists. The path is the route's template: axum's `MatchedPath`, among
// the request's extensions. A request that no route matches has none: its path is `unmatched`. A method that HTTP
// does not know is `other`.
//
// TODO (step 5): a response to a server error has a `shop::ErrorKind` among its extensions. Count it in
// `http_exceptions_total`.
//
// TODO (step 6): a handler that panics still has to be answered with 500, and counted:
// `futures_util::FutureExt::catch_unwind`, and `shop::Error::Panic` as the answer.
