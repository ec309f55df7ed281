//! The metric families of one page, made by hand.
//!
//! Not with `GaugeVec` and its like, for two reasons. They remember every series that they ever had, and a table that
//! was dropped has to disappear. And they find a series by a hash of its label values, without anything between
//! these: `["1", "11"]` and `["11", "1"]` become one series. Names of schemas and tables are free text.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use prometheus::TextEncoder;
use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

/// What a metric is: its lines `# HELP` and `# TYPE`.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor<'a> {
    /// The name of the metric.
    pub name: &'a str,
    help: &'a str,
    metric_type: MetricType,
}

impl<'a> Descriptor<'a> {
    /// Something that only ever goes up, until the statistics are reset.
    pub const fn counter(name: &'a str, help: &'a str) -> Self {
        Self { name, help, metric_type: MetricType::COUNTER }
    }

    /// Something that goes up and down.
    pub const fn gauge(name: &'a str, help: &'a str) -> Self {
        Self { name, help, metric_type: MetricType::GAUGE }
    }
}

/// The families of one page, in the order of their names. One without a series does not exist.
#[derive(Debug, Default)]
pub struct Families(BTreeMap<String, MetricFamily>);

impl Families {
    /// Adds a series. Nobody looks whether there is one with these labels already: then the page is invalid.
    pub fn add(&mut self, descriptor: &Descriptor<'_>, labels: &[(&str, &str)], value: f64) {
        let family = self.0.entry(descriptor.name.to_owned()).or_insert_with(|| family(descriptor));
        family.mut_metric().push(metric(descriptor.metric_type, labels, value));
    }

    /// Adds all series of another page.
    pub fn append(&mut self, other: Self) {
        for (name, mut family) in other.0 {
            match self.0.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(family)),
                Entry::Occupied(mut entry) => entry.get_mut().mut_metric().append(family.mut_metric()),
            }
        }
    }

    /// The page in Prometheus's text format.
    ///
    /// # Errors
    ///
    /// When a family cannot be encoded, such as one without a name.
    pub fn encode(self) -> prometheus::Result<String> {
        let families: Vec<_> = self.0.into_values().collect();
        TextEncoder::new().encode_to_string(&families)
    }
}

/// 1 for yes, 0 for no: a sample cannot say more.
pub(crate) fn number(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn family(descriptor: &Descriptor<'_>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(descriptor.name.to_owned());
    family.set_help(descriptor.help.to_owned());
    family.set_field_type(descriptor.metric_type);
    family
}

fn metric(metric_type: MetricType, labels: &[(&str, &str)], value: f64) -> Metric {
    let mut metric = Metric::default();
    metric.set_label(labels.iter().map(|(name, value)| label(name, value)).collect());
    if metric_type == MetricType::COUNTER {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
    } else {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
    }
    metric
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut label = LabelPair::default();
    label.set_name(name.to_owned());
    label.set_value(value.to_owned());
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCANS: Descriptor<'_> = Descriptor::counter("scans", "Scans.");
    const ROWS: Descriptor<'_> = Descriptor::gauge("rows", "Rows.");

    #[test]
    fn labels_that_only_look_alike_when_joined_stay_two_series() {
        let mut families = Families::default();
        families.add(&SCANS, &[("schemaname", "1"), ("relname", "11")], 1.0);
        families.add(&SCANS, &[("schemaname", "11"), ("relname", "1")], 2.0);

        let page = families.encode().unwrap();
        assert!(page.contains("scans{schemaname=\"1\",relname=\"11\"} 1\n"), "{page}");
        assert!(page.contains("scans{schemaname=\"11\",relname=\"1\"} 2\n"), "{page}");
    }

    #[test]
    fn a_family_that_two_collectors_add_to_is_one_family() {
        let mut families = Families::default();
        let mut others = Families::default();
        families.add(&ROWS, &[("relname", "items")], 1.0);
        others.add(&ROWS, &[("relname", "carts")], 2.0);
        families.append(others);

        let page = families.encode().unwrap();
        let expected = "# HELP rows Rows.\n# TYPE rows gauge\nrows{relname=\"items\"} 1\nrows{relname=\"carts\"} 2\n";
        assert_eq!(page, expected);
    }

    #[test]
    fn quotes_and_line_breaks_in_a_label_are_escaped() {
        let mut families = Families::default();
        families.add(&ROWS, &[("relname", "a\"b\\c\nd")], 1.0);

        let page = families.encode().unwrap();
        assert!(page.contains(r#"rows{relname="a\"b\\c\nd"} 1"#), "{page}");
    }
}
