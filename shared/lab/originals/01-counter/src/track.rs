// TODO (step 3): a function around every request, for `axum::middleware::from_fn_with_state`. It wants
//
// - the state, the request, and `axum::middleware::Next`, as its parameters;
// - to hand the request on, `next.run(request).await`, which gives the response;
// - to count that response in `http_requests_total`, by method, path and status code, and to return it.
//
// TODO (step 4): label values come from short lists. The path is the route's template: axum's `MatchedPath`, among
// the request's extensions. A request that no route matches has none: its path is `unmatched`. A method that HTTP
// does not know is `other`: `shop::standard_method` tells.
//
// TODO (step 5): a response to a server error has a `shop::ErrorKind` among its extensions. Count it in
// `http_exceptions_total`.
//
// TODO (step 6): a handler that panics still has to be answered with 500, and counted:
// `futures_util::FutureExt::catch_unwind`, of a future in a `std::panic::AssertUnwindSafe`, and `shop::Error::Panic` as
// the answer.
