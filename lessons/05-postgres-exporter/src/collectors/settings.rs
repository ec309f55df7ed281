//! `pg_settings`: how the server is set up, each setting in its base unit.

use anyhow::Result;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::collector::Collector;
use crate::families::{Descriptor, Families};

/// Settings that are numbers or switches. Texts stay away: they can be no sample, and one may hold a password.
const SETTINGS: &str = "
    SELECT name, setting, unit
    FROM pg_settings
    WHERE vartype IN ('bool', 'integer', 'real')";

/// Reads the view.
pub(super) struct Settings;

impl Collector for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn collect<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        families: &'a mut Families,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            for setting in sqlx::query_as(SETTINGS).fetch_all(connection).await? {
                add(setting, families);
            }
            Ok(())
        }
        .boxed()
    }
}

/// Adds a setting, unless its value or unit means nothing to us.
fn add((name, setting, unit): (String, Option<String>, Option<String>), families: &mut Families) {
    let value = setting.as_deref().and_then(value);
    let Some((value, suffix)) = value.and_then(|value| in_base_unit(value, unit.as_deref().unwrap_or_default())) else {
        tracing::warn!(name, setting, unit, "a setting with an unknown value or unit");
        return;
    };
    let metric = format!("pg_settings_{}{suffix}", without_punctuation(&name));
    families.add(&Descriptor::gauge(&metric, &format!("The setting {name}.")), &[], value);
}

fn value(setting: &str) -> Option<f64> {
    match setting {
        "on" => Some(1.0),
        "off" => Some(0.0),
        number => number.parse().ok(),
    }
}

/// Extensions name their settings `extension.setting`. A metric has only letters, digits and underscores.
fn without_punctuation(name: &str) -> String {
    name.replace(|character: char| !character.is_ascii_alphanumeric(), "_")
}

/// The value in seconds or bytes, and what the metric's name ends in. PostgreSQL's units are such as `ms`, `kB`, and
/// `8kB`, which is a block.
//
// TODO (step 4): convert the other units. What does -1 mean, in any unit? And what is better for a unit that nobody
// here knows: its number as it is, or no metric? The tests below say what should come out.
fn in_base_unit(value: f64, unit: &str) -> Option<(f64, &'static str)> {
    let (count, unit) = unit.split_at(unit.find(|character: char| !character.is_ascii_digit()).unwrap_or(0));
    let amount = value * if count.is_empty() { 1.0 } else { count.parse().ok()? };
    let (converted, suffix) = match unit {
        "ms" => (amount / 1000.0, "_seconds"),
        _ => (amount, ""),
    };
    Some((converted, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_blocks_becomes_bytes() {
        assert_has("shared_buffers", "16384", Some("8kB"), "pg_settings_shared_buffers_bytes 134217728\n");
    }

    #[test]
    fn milliseconds_become_seconds() {
        assert_has("deadlock_timeout", "9", Some("ms"), "pg_settings_deadlock_timeout_seconds 0.009\n");
    }

    #[test]
    fn what_is_switched_off_by_minus_one_stays_minus_one() {
        assert_has("temp_file_limit", "-1", Some("kB"), "pg_settings_temp_file_limit_bytes -1\n");
    }

    #[test]
    fn a_number_without_a_unit_stays_as_it_is() {
        assert_has("random_page_cost", "1.1", None, "pg_settings_random_page_cost 1.1\n");
    }

    #[test]
    fn a_switch_is_1_or_0() {
        assert_has("autovacuum", "on", None, "pg_settings_autovacuum 1\n");
        assert_has("fsync", "off", None, "pg_settings_fsync 0\n");
    }

    #[test]
    fn the_dot_in_an_extensions_setting_becomes_an_underscore() {
        assert_has("pg_stat_statements.max", "5000", None, "pg_settings_pg_stat_statements_max 5000\n");
    }

    #[test]
    fn a_setting_in_an_unknown_unit_is_left_out() {
        assert_eq!(page("brightness", "5", Some("lm")), "");
    }

    fn assert_has(name: &str, setting: &str, unit: Option<&str>, line: &str) {
        let page = page(name, setting, unit);
        assert!(page.contains(line), "{line} is not on the page:\n{page}");
    }

    fn page(name: &str, setting: &str, unit: Option<&str>) -> String {
        let mut families = Families::default();
        add((name.to_owned(), Some(setting.to_owned()), unit.map(str::to_owned)), &mut families);
        families.encode()
    }
}
