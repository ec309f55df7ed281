//! What a summary promises, seen from outside: through its methods and the page that Prometheus scrapes.

#![cfg(test)]

mod options;
mod page;
mod quantiles;
mod support;
mod threads;
mod timers;
mod window;
