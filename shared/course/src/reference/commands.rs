//! What can be typed behind `cargo lab`, from its own help.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::GENERATED;

/// The page that this makes, in the folder of the course.
pub const PATH: &str = "docs/src/reference/cargo-lab.md";

const INTRODUCTION: &str = "\
# The command `cargo lab`

What each command says of itself: `cargo lab help check` says it in the terminal.
";

/// The width of the help, which does not depend on where this runs.
const WIDTH: usize = 80;

/// The help of `cargo lab`, and of each of its commands.
///
/// # Errors
///
/// Never, as long as there is memory.
pub fn page() -> Result<String, std::fmt::Error> {
    let [mut lab, mut instructor] = [lab::cli::Cli::command(), instructor::cli::Cli::command()].map(prepared);
    let mut page = format!("{GENERATED}\n\n{INTRODUCTION}\n{}", block(&mut lab));
    let names: Vec<_> = lab.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        // Those of the instructor are a program of their own, which says more of them.
        let of_instructor = instructor.find_subcommand_mut(name);
        let Some(command) = of_instructor.or_else(|| lab.find_subcommand_mut(name)) else { continue };
        write!(page, "\n## `cargo lab {name}`\n\n{}", block(command))?;
    }
    Ok(page)
}

/// With the help of all subcommands as it is shown, and named as they are typed.
fn prepared(command: Command) -> Command {
    let mut command = command.term_width(WIDTH);
    command.build();
    command
}

fn block(command: &mut Command) -> String {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    format!("```text\n{}\n```\n", lines.join("\n").trim_end())
}
