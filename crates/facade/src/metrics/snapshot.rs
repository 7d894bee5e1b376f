//! The numbers at one moment, in a shape that any system of metrics can take: families of samples with labels.

use super::Distribution;

/// The numbers of one client at one moment. Every family is there, whether or not it has samples yet.
///
/// ```no_run
/// # fn example(toolgate: &toolgate::Toolgate) {
/// let numbers = toolgate.metrics();
/// let denied = numbers.total("toolgate_decisions_total", &[("verdict", "denied")]);
/// println!("{denied} calls were denied");
/// for family in &numbers.families {
///     for sample in &family.samples {
///         println!("{} {:?} {}", family.name, sample.labels, sample.measure.number());
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Snapshot {
    /// The families, each name once.
    pub families: Vec<Family>,
}

/// Samples of one name.
///
/// See the example of [`Snapshot`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Family {
    /// The name, with its unit, as Prometheus wants it.
    pub name: &'static str,
    /// What it counts, for people.
    pub help: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// The samples.
    pub samples: Vec<Sample>,
}

/// What kind of number a family holds.
///
/// See the example of [`Snapshot`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Durations by bucket.
    Histogram,
}

/// One number and what tells it from its siblings.
///
/// See the example of [`Snapshot`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sample {
    /// Names and values, in a fixed order.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub measure: Measure,
}

/// A number, or a distribution of them.
///
/// See the example of [`Snapshot`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(f64),
    /// Of a histogram.
    Distribution(Distribution),
}

impl Snapshot {
    /// The sum of the samples of the family `name` that have all of `labels`; of a histogram, how many observations
    /// there are. 0 where nothing fits.
    #[must_use]
    pub fn total(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.families.iter().filter(|family| family.name == name).flat_map(|f| &f.samples);
        let fits = |sample: &&Sample| {
            labels.iter().all(|(name, value)| sample.labels.iter().any(|(n, v)| n == name && v == value))
        };
        samples.filter(fits).map(|sample| sample.measure.number()).sum()
    }
}

impl Measure {
    /// The number; of a distribution, how many observations there are.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 events are far away")]
    pub fn number(&self) -> f64 {
        match self {
            Self::Count(count) => *count as f64,
            Self::Level(level) => *level,
            Self::Distribution(seen) => seen.count() as f64,
        }
    }
}
