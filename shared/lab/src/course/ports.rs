//! Who has a port: a program of this copy of the course, or another one.

use std::ffi::OsStr;
use std::net::SocketAddr;

use super::{Course, Program};
use crate::machine::cargo;
use crate::machine::ports::{self, Owner};

/// What listens at a port, in words.
pub fn owner(course: &Course, port: u16) -> String {
    let Some(owner) = ports::owner(port) else { return "a program of another user".to_owned() };
    let Some(program) = program(course, &owner) else { return owner.to_string() };
    let whose = if program.solution { "the" } else { "your own" };
    format!("{whose} {} of {} (process {})", program.kind(), program.folder(), owner.process)
}

/// Where a program of this copy listens, if it runs: at all ports of the process that has the lowest one. A check starts its
/// programs at higher ones.
pub fn addresses(course: &Course, program: &Program) -> Vec<SocketAddr> {
    let is_it = |owner: &Owner| self::program(course, owner).is_some_and(|found| found.package() == program.package());
    let mut listening: Vec<_> = ports::listening().into_iter().filter(|(_, owner)| is_it(owner)).collect();
    listening.sort_by_key(|(address, _)| address.port());
    let process = listening.first().map(|(_, owner)| owner.process);
    listening.retain(|(_, owner)| Some(owner.process) == process);
    listening.into_iter().map(|(address, _)| address).collect()
}

/// The program of this copy, if it is one.
fn program(course: &Course, owner: &Owner) -> Option<Program> {
    if !owner.program.starts_with(cargo::target_folder(course.root())) {
        return None;
    }
    let package = owner.program.file_stem().and_then(OsStr::to_str)?;
    course.programs().find(|program| program.package() == package)
}
