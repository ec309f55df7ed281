//! The metric families of one page, written by hand.
//!
//! Not with `GaugeVec` and its like, for two reasons. They remember every series that they ever had, and a table that
//! was dropped has to disappear. And they find a series by a hash of its label values, without anything between
//! these: `["1", "11"]` and `["11", "1"]` become one series. Names of schemas and tables are free text.
//! Each series is written at once: of a text, a hundred thousand series are a few megabytes.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What a metric is: its lines `# HELP` and `# TYPE`.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor<'a> {
    /// The name of the metric.
    pub name: &'a str,
    help: &'a str,
    metric_type: &'static str,
}

impl<'a> Descriptor<'a> {
    /// Something that only ever goes up, until the statistics are reset.
    pub const fn counter(name: &'a str, help: &'a str) -> Self {
        Self { name, help, metric_type: "counter" }
    }

    /// Something that goes up and down.
    pub const fn gauge(name: &'a str, help: &'a str) -> Self {
        Self { name, help, metric_type: "gauge" }
    }
}

/// The families of one page, in the order of their names. One without a series does not exist.
#[derive(Debug, Default)]
pub struct Families(BTreeMap<String, Family>);

/// The lines of a family, as they are on the page.
#[derive(Debug, Default)]
struct Family {
    heading: String,
    series: String,
}

impl Families {
    /// Adds a series. Nobody looks whether there is one with these labels already: then the page is invalid.
    pub fn add(&mut self, descriptor: &Descriptor<'_>, labels: &[(&str, &str)], value: f64) {
        self.add_all(&[(descriptor, value)], labels);
    }

    /// Adds a series of each of these families, all with the same labels, which are written once.
    pub fn add_all(&mut self, values: &[(&Descriptor<'_>, f64)], labels: &[(&str, &str)]) {
        let labels = encoded(labels);
        for (descriptor, value) in values {
            let family = self.0.entry(descriptor.name.to_owned()).or_insert_with(|| Family::new(descriptor));
            // To write into a string never fails.
            let _ = writeln!(family.series, "{}{labels} {value}", descriptor.name);
        }
    }

    /// The page in Prometheus's text format.
    pub fn encode(self) -> String {
        let mut page = String::new();
        for family in self.0.into_values() {
            page.push_str(&family.heading);
            page.push_str(&family.series);
        }
        page
    }
}

impl Family {
    fn new(Descriptor { name, help, metric_type }: &Descriptor<'_>) -> Self {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        Self { heading: format!("# HELP {name} {help}\n# TYPE {name} {metric_type}\n"), series: String::new() }
    }
}

/// Labels as they are on the page. Their values are free text: a quote or a line break must not end them.
fn encoded(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// 1 for yes, 0 for no: a sample cannot say more.
pub(crate) fn number(yes: bool) -> f64 {
    f64::from(u8::from(yes))
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

        let page = families.encode();
        assert!(page.contains("scans{schemaname=\"1\",relname=\"11\"} 1\n"), "{page}");
        assert!(page.contains("scans{schemaname=\"11\",relname=\"1\"} 2\n"), "{page}");
    }

    #[test]
    fn the_series_of_a_family_stand_together_below_its_help_and_type() {
        let mut families = Families::default();
        families.add(&ROWS, &[("relname", "items")], 1.0);
        families.add(&SCANS, &[], 3.0);
        families.add(&ROWS, &[("relname", "carts")], 2.5);

        let expected = "# HELP rows Rows.\n# TYPE rows gauge\nrows{relname=\"items\"} 1\nrows{relname=\"carts\"} 2.5\n\
            # HELP scans Scans.\n# TYPE scans counter\nscans 3\n";
        assert_eq!(families.encode(), expected);
    }

    #[test]
    fn quotes_and_line_breaks_in_a_label_are_escaped() {
        let mut families = Families::default();
        families.add(&ROWS, &[("relname", "a\"b\\c\nd")], 1.0);

        let page = families.encode();
        assert!(page.contains(r#"rows{relname="a\"b\\c\nd"} 1"#), "{page}");
    }
}
