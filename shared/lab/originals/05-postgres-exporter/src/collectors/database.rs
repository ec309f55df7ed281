//! `pg_stat_database` and `pg_database`: what happens in each database, and how large it is.

// TODO (step 1): write a `Query` for `pg_stat_database`, by `datid` and `datname`: a gauge for `numbackends`, a counter
// for each other column of the README's table. Leave out the row whose `datname` is null.
//
// TODO (step 1): write a `Query` for `pg_database_size_bytes`, by `datname`: `pg_database_size(oid)` of `pg_database`.
//
// TODO (step 1): write the struct `Database`, and implement `Collector` of `src/collector.rs` for it. Its name is
// `database`. It reads both queries. Then add it to `COLLECTORS` in `src/collectors.rs`.
