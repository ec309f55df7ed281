//! A whole page, and what can be asked of it.

use crate::content_type::Format;
use crate::error::ParseError;
use crate::families;
use crate::metric::{Family, Sample};

/// A parsed `/metrics` page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The format that the content type named.
    pub format: Format,
    /// The families, in the order of the page.
    pub families: Vec<Family>,
}

impl Page {
    /// Parses `text`, in the format that `content_type` (the header's value) names.
    ///
    /// # Errors
    ///
    /// The first line that breaks a rule, or a content type that Prometheus can't scrape.
    pub fn parse(content_type: &str, text: &str) -> Result<Self, ParseError> {
        let format = Format::from_content_type(content_type)?;
        let families = families::parse(format, text)?;
        Ok(Self { format, families })
    }

    /// The family of this name (see [`Family::name`]).
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    /// Every sample of this name, such as `http_requests_total` or `http_request_duration_seconds_count`.
    pub fn series<'page>(&'page self, name: &str) -> impl Iterator<Item = &'page Sample> {
        self.samples().filter(move |sample| sample.name == name)
    }

    /// Every sample of this name that has at least these labels.
    pub fn matching<'page>(&'page self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &'page Sample> {
        self.series(name).filter(move |sample| sample.matches(labels))
    }

    /// The value of the one series with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.matching(name, labels).find(|sample| sample.labels.len() == labels.len()).map(|sample| sample.value)
    }

    /// The sum over every series that has at least these labels: 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        // Not `Iterator::sum`, which is -0 for nothing.
        self.matching(name, labels).fold(0.0, |sum, sample| sum + sample.value)
    }

    /// Every sample of the page.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.families.iter().flat_map(|family| &family.samples)
    }
}
