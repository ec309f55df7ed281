//! `pg_stat_user_tables`: what happens to each table of the database that we are connected to.

// TODO (step 5): write a `Query` for `pg_stat_user_tables`, by `datname`, `schemaname` and `relname`, with the columns
// of the README's table.
//
// TODO (step 5): write a second `Query` for the sizes: they wait for whoever locked a table, and may fail alone.
//
// TODO (step 5): write the struct `Tables`. Its name as a collector is `stat_user_tables`. It reads the statistics
// first, then the sizes. Add it to `COLLECTORS`.
