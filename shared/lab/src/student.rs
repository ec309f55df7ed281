//! What a student has done: the steps that passed, the lesson at hand, and files that were replaced and kept.

pub mod at_hand;
pub mod ending;
pub mod files;
pub mod kept;
pub mod progress;
pub mod replace;
pub mod starter;
