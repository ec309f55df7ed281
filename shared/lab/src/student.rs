//! What a student has done: the steps that passed, the lesson at hand, files that were replaced and
//! kept, and the words at the end of a lesson.

pub mod at_hand;
pub mod ending;
pub mod files;
pub mod kept;
pub mod progress;
pub mod replace;
pub mod solution;
pub mod starter;
