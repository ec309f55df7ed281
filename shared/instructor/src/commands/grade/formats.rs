//! The report, as it is written.

mod html;
mod junit;
mod sheet;
mod table;

use clap::ValueEnum;

use super::report::Report;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// A few lines for each submission, and what stands in the way of most
    #[default]
    Table,
    /// All of it, for a tool
    Json,
    /// JUnit's XML, for CI
    Junit,
    /// One page for the class and one for each student, in a file that can be mailed
    Html,
    /// A row for each step of each submission, for a spreadsheet
    Csv,
}

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
