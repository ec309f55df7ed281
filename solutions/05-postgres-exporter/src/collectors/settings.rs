//! `pg_settings`: how the server is set up, each setting in its base unit.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::Collector;
use crate::families::{Descriptor, Families};

/// Settings that are numbers or switches. Texts stay away: they can be no sample, and one may hold a password. What our
/// own session has set, such as its time-outs, would hide how the server is set up.
const SETTINGS: &str = "
    SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END, unit
    FROM pg_settings
    WHERE vartype IN ('bool', 'integer', 'real')";

/// The value of settings that are switched off, in whatever unit.
const OFF: f64 = -1.0;

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
    ) -> BoxFuture<'a, sqlx::Result<()>> {
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
fn in_base_unit(value: f64, unit: &str) -> Option<(f64, &'static str)> {
    let (count, unit) = unit.split_at(unit.find(|character: char| !character.is_ascii_digit()).unwrap_or(0));
    let amount = value * if count.is_empty() { 1.0 } else { count.parse().ok()? };
    let (converted, suffix) = match unit {
        "" => (amount, ""),
        "ms" => (amount / 1000.0, "_seconds"),
        "s" => (amount, "_seconds"),
        "min" => (amount * 60.0, "_seconds"),
        "h" => (amount * 3600.0, "_seconds"),
        "d" => (amount * 86400.0, "_seconds"),
        "B" => (amount, "_bytes"),
        "kB" => (amount * 1024.0, "_bytes"),
        "MB" => (amount * 1024.0 * 1024.0, "_bytes"),
        "GB" => (amount * 1024.0 * 1024.0 * 1024.0, "_bytes"),
        "TB" => (amount * 1024.0 * 1024.0 * 1024.0 * 1024.0, "_bytes"),
        _ => return None,
    };
    Some((if value == OFF { OFF } else { converted }, suffix))
}
