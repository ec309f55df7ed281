//! Several things measured in turn.

/// What was measured: for each thing a number per round.
pub(crate) struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Measures each of `count` things once a round. Each round begins with another one, so that none is always
    /// the first.
    pub(crate) fn measure<E>(
        rounds: usize,
        count: usize,
        mut measure: impl FnMut(usize) -> Result<f64, E>,
    ) -> Result<Self, E> {
        let mut numbers = vec![Vec::with_capacity(rounds); count];
        for round in 0..rounds {
            for turn in 0..count {
                let thing = (round + turn) % count;
                numbers[thing].push(measure(thing)?);
            }
        }
        Ok(Self(numbers))
    }

    /// The median over all rounds.
    pub(crate) fn median(&self, thing: usize) -> f64 {
        quantile(self.0[thing].clone(), 0.5)
    }

    /// The quartiles of the ratio of one thing to the mean of others in the same round: the first, the median and
    /// the third.
    pub(crate) fn ratio(&self, thing: usize, others: &[usize]) -> [f64; 3] {
        let mean = |round: usize| others.iter().map(|other| self.0[*other][round]).sum::<f64>() / others.len() as f64;
        let ratios: Vec<_> = self.0[thing].iter().enumerate().map(|(round, number)| number / mean(round)).collect();
        [0.25, 0.5, 0.75].map(|share| quantile(ratios.clone(), share))
    }
}

fn quantile(mut numbers: Vec<f64>, share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[((numbers.len() - 1) as f64 * share).round() as usize]
}
