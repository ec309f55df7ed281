//! `cargo lab book`: the book of the course, in a browser.

use clap::Args;

use crate::course::Course;
use crate::machine::mdbook;
use crate::problem::{Exit, Problem, Result};
use crate::screen::{progress_line, report};

/// Where the book begins, once it is made.
const FIRST_PAGE: &str = "target/book/index.html";

/// What was typed.
#[derive(Debug, Args)]
pub struct Typed {
    /// Make the book, and open no browser
    #[arg(long)]
    pub no_open: bool,
}

/// Makes the book, opens it, and says where it is.
///
/// # Errors
///
/// When this copy of the course has no book, or mdBook is missing or cannot make it.
pub async fn run(typed: &Typed, course: &Course) -> Result<Exit> {
    if !course.root().join(mdbook::SETTINGS).is_file() {
        return Err(Problem::usage("the book is not in this copy of the course")
            .advice(format!("Get the whole course: it has the file {}.", mdbook::SETTINGS)));
    }
    let line = "making the book (the first time, this takes half a minute)".to_owned();
    progress_line::show(line, mdbook::build(course.root(), !typed.no_open)).await?;
    report::line(format!("The book: {}", course.root().join(FIRST_PAGE).display()));
    if !typed.no_open {
        report::note("Did no browser open? Open this file in yours.");
    }
    Ok(Exit::Done)
}
