//! `pg_settings`: how the server is set up, each setting in its base unit.

// TODO (step 4): write the struct `Settings`. Its name as a collector is `settings`. Add it to `COLLECTORS`. Here each
// row is a metric of its own, so that `Query` does not help: read `name`, `setting` and `unit` with `sqlx::query_as`,
// and call `families.add` with a gauge without labels.
//
// TODO (step 4): convert each value to seconds or bytes, and end the name in `_seconds` or `_bytes`. A switch is 1 or
// 0. The value -1 means "off" in any unit, and stays -1.
