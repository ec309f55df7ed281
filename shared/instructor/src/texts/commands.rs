//! The commands of a text can be typed: a shell can read them, and what they name is there.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use lab::course::blocks;
use lab::machine::cargo::cargo;
use pulldown_cmark::{Event, Options, Parser};
use serde::Deserialize;

use super::Text;

/// The language that a block of commands is marked with.
const LANGUAGE: &str = "sh";
/// What ends a command within a line.
const ENDS: [&str; 6] = ["|", "||", "&&", ";", "&", ">"];
/// The subcommands of cargo that take a package.
const OF_PACKAGES: [&str; 5] = ["bench", "build", "doc", "run", "test"];

/// What a command of a text may name.
pub struct Known<'a> {
    /// Whether `cargo lab` understands what is typed behind it, and what it says if not.
    pub lab: &'a dyn Fn(&[String]) -> Result<(), String>,
    /// The packages of the workspace, and the names of what each has to run and to test. None where nobody knows.
    pub packages: Option<BTreeMap<String, Vec<String>>>,
    /// The profiles of `docker-compose.yml`.
    pub profiles: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The packages of the workspace, as cargo has them.
///
/// # Errors
///
/// When cargo does not say.
pub fn packages(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut command = cargo();
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    let output = command.output().context("cargo does not run")?;
    ensure!(output.status.success(), "cargo metadata fails:\n{}", String::from_utf8_lossy(&output.stderr));
    let Metadata { packages } = serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
    let names = |package: Package| package.targets.into_iter().map(|target| target.name).collect();
    Ok(packages.into_iter().map(|package| (package.name.clone(), names(package))).collect())
}

/// What is wrong with the commands of a text.
///
/// # Errors
///
/// When there is no shell to ask.
pub fn faults(text: &Text, known: &Known<'_>) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let blocks = blocks::of(&text.content, LANGUAGE);
    for block in &blocks {
        faults.extend(syntax_fault(block)?);
    }
    let lines = blocks.iter().flat_map(|block| block.lines());
    let commands = lines.map(str::to_owned).chain(in_sentences(&text.content));
    faults.extend(commands.filter_map(|line| Some(format!("`{line}`: {}", known.fault(&line)?))));
    Ok(faults.into_iter().map(|fault| format!("{}: {fault}", text.path.display())).collect())
}

/// The commands within sentences.
fn in_sentences(text: &str) -> impl Iterator<Item = String> {
    let codes = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Code(code) => Some(code.into_string()),
        _ => None,
    });
    codes.filter(|code| code.starts_with("cargo "))
}

/// What the shell says of commands that it does not run.
fn syntax_fault(block: &str) -> Result<Option<String>> {
    let mut shell = Command::new("bash");
    shell.arg("-n").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut shell = shell.spawn().context("bash does not run, which reads the commands of the texts")?;
    if let Some(mut stdin) = shell.stdin.take() {
        stdin.write_all(block.as_bytes())?;
    }
    let output = shell.wait_with_output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((!output.status.success()).then(|| format!("{}\n{block}", words.trim_end())))
}

impl Known<'_> {
    /// What is wrong with a line, if it is a command that is known here.
    fn fault(&self, line: &str) -> Option<String> {
        let words = shlex::split(line)?;
        let is_setting = |word: &String| word.split_once('=').is_some_and(|(name, _)| !name.starts_with('-'));
        let words = words.into_iter().skip_while(is_setting).take_while(|word| !ENDS.contains(&word.as_str()));
        let words: Vec<_> = words.collect();
        let [program, subcommand, typed @ ..] = words.as_slice() else { return None };
        match (program.as_str(), subcommand.as_str()) {
            ("cargo", "lab") => (self.lab)(typed).err(),
            ("cargo", subcommand) if OF_PACKAGES.contains(&subcommand) => self.package_fault(typed),
            ("docker", "compose") => self.profile_fault(typed),
            _ => None,
        }
    }

    fn package_fault(&self, typed: &[String]) -> Option<String> {
        let cargo_s_own = typed.iter().position(|word| word == "--").map_or(typed, |end| &typed[..end]);
        let named = |options: [&str; 2]| {
            let position = cargo_s_own.iter().position(|word| options.contains(&word.as_str()))?;
            cargo_s_own.get(position + 1)
        };
        let package = named(["-p", "--package"])?;
        let Some(targets) = self.packages.as_ref()?.get(package) else {
            return Some(format!("there is no package {package}"));
        };
        let target = named(["--test", "--bin"])?;
        (!targets.contains(target)).then(|| format!("the package {package} has no {target}"))
    }

    fn profile_fault(&self, typed: &[String]) -> Option<String> {
        let position = typed.iter().position(|word| word == "--profile")?;
        let profile = typed.get(position + 1)?;
        (!self.profiles.contains(profile)).then(|| format!("docker-compose.yml has no profile {profile}"))
    }
}
