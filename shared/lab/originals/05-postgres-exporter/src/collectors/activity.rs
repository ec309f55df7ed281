//! `pg_stat_activity`: who is connected, and what they do.

// TODO (step 2): write a `Query` for the gauges `pg_stat_activity_count` and `pg_stat_activity_max_tx_duration`, with
// the seven labels of the README. Each database has all six states: 0 where there is no such connection. Our own
// sessions do not count.
//
// TODO (step 2): write the struct `Activity`. Its name as a collector is `stat_activity`. Add it to `COLLECTORS`.
