//! The report, as it is written.

mod html;
mod junit;
mod sheet;
mod table;

use super::Format;
use super::report::Report;

/// The whole report in a format.
pub(super) fn write(format: Format, report: &Report) -> Result<String, Box<dyn std::error::Error>> {
    match format {
        Format::Table => Ok(table::write(report)),
        Format::Json => Ok(serde_json::to_string_pretty(report)?),
        Format::Junit => Ok(junit::write(report)?),
        Format::Html => Ok(html::write(report)),
        Format::Csv => Ok(sheet::write(report)?),
    }
}
