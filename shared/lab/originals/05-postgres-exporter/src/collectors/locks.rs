//! `pg_locks`: which locks are held or waited for.

// TODO (step 3): write a `Query` for the gauge `pg_locks_count`, by `datname` and `mode`. Each database has all nine
// modes, in lower case: 0 where there is no such lock.
//
// TODO (step 3): write the struct `Locks`. Its name as a collector is `locks`. Add it to `COLLECTORS`.
