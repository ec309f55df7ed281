//! Sets of numbers with a name.

use std::time::Duration;

use clap::ValueEnum;

/// A set of numbers that suits a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// A quiet shop: 10 requests a second, 1 worker, 2 minutes
    Baseline,
    /// A usual day: 50 requests a second, 10 workers, 5 minutes
    Moderate,
    /// A sale: 100 requests a second, 20 workers, 3 minutes
    High,
    /// Something that leaks shows in time: 25 requests a second, 5 workers, 30 minutes
    Soak,
    /// Something to see in a graph: 10, 50 and 100 requests a second in turns of a minute, 20 workers, 9 minutes
    Mixed,
}

/// The numbers of a scenario.
pub(super) struct Numbers {
    /// Requests a second; several take turns.
    pub(super) rates: &'static [f64],
    pub(super) workers: u16,
    pub(super) duration: Duration,
}

impl Scenario {
    pub(super) fn numbers(self) -> Numbers {
        let (rates, workers, minutes): (&[f64], _, _) = match self {
            Self::Baseline => (&[10.0], 1, 2),
            Self::Moderate => (&[50.0], 10, 5),
            Self::High => (&[100.0], 20, 3),
            Self::Soak => (&[25.0], 5, 30),
            Self::Mixed => (&[10.0, 50.0, 100.0], 20, 9),
        };
        Numbers { rates, workers, duration: Duration::from_mins(minutes) }
    }
}
