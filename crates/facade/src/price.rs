//! What models cost, as the operator says it. There are no built-in prices: providers change theirs at any time, and a
//! limit that counts with an old one does not hold.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toolgate_llm_providers::ModelId;

use crate::ConfigError;

/// An amount in the currency of your prices, to the millionth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "f64")]
pub struct Money(u64);

/// A number that is no amount.
///
/// ```
/// # use toolgate::{Money, MoneyError};
/// assert_eq!(Money::try_from(2.5), Ok(Money::from_millionths(2_500_000)));
/// assert_eq!(Money::try_from(-1.0), Err(MoneyError));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount such as 2.50: not negative, and below a million million")]
pub struct MoneyError;

impl Money {
    /// An amount in millionths.
    ///
    /// ```
    /// # use toolgate::Money;
    /// assert_eq!(Money::from_millionths(2_500_000).to_string(), "2.50");
    /// ```
    #[must_use]
    pub fn from_millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// The amount in millionths.
    #[must_use]
    pub fn millionths(self) -> u64 {
        self.0
    }
}

impl TryFrom<f64> for Money {
    type Error = MoneyError;

    fn try_from(amount: f64) -> Result<Self, MoneyError> {
        if !(0.0..1e12).contains(&amount) {
            return Err(MoneyError);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked above"
        )]
        Ok(Self((amount * 1e6).round() as u64))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        let short = digits.trim_end_matches('0');
        let cents = digits.len() - 4;
        f.write_str(digits.get(..short.len().max(cents)).unwrap_or(&digits))
    }
}

/// `[prices."provider/model"]`: what a model costs, each for a million tokens.
///
/// ```
/// # use toolgate::{Config, Money, Price};
/// let config: Config = toml::from_str(
///     r#"
///     [prices."openai/gpt-5"]
///     input = 1.25
///     cached_input = 0.125
///     output = 10.00
///     "#,
/// )?;
/// let same = Price::new(Money::from_millionths(1_250_000), Money::from_millionths(10_000_000))
///     .with_cached_input(Money::from_millionths(125_000));
/// assert_eq!(config.prices["openai/gpt-5"], same);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Price {
    /// Tokens that are read.
    pub input: Money,
    /// Tokens that are written, reasoning included.
    pub output: Money,
    /// Tokens that are read from the provider's cache. Default: as `input`.
    pub cached_input: Option<Money>,
    /// Tokens that are put into the provider's cache. Default: as `input`.
    pub cache_write: Option<Money>,
}

impl Price {
    /// A price without discounts for cached tokens.
    #[must_use]
    pub fn new(input: Money, output: Money) -> Self {
        Self { input, output, cached_input: None, cache_write: None }
    }

    /// Sets what tokens from the provider's cache cost.
    #[must_use]
    pub fn with_cached_input(mut self, price: Money) -> Self {
        self.cached_input = Some(price);
        self
    }

    /// Sets what tokens into the provider's cache cost.
    #[must_use]
    pub fn with_cache_write(mut self, price: Money) -> Self {
        self.cache_write = Some(price);
        self
    }
}

/// That each price is one of a model: another would be passed over.
pub(crate) fn check(prices: &BTreeMap<String, Price>) -> Result<(), ConfigError> {
    match prices.keys().find(|name| ModelId::parse(name).is_err()) {
        Some(unknown) => {
            let expected = "a model as provider/model, such as [prices.\"openai/gpt-5\"]";
            Err(ConfigError::value("a name under [prices]", unknown, expected))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_of_no_model_is_refused() {
        let of = |name: &str| {
            let price: Price = toml::from_str("input = 1\noutput = 1").unwrap();
            check(&BTreeMap::from([(name.to_owned(), price)]))
        };
        let refused = of("openai").unwrap_err().to_string();
        assert!(refused.contains("\"openai\"; expected a model as provider/model"), "{refused}");
        assert!(of("openai/gpt-5").is_ok());
    }

    #[test]
    fn amounts_are_exact_and_never_negative() {
        let read = |text: &str| toml::from_str::<Price>(&format!("input = {text}\noutput = 10"));
        assert_eq!(read("1.25").unwrap().input.millionths(), 1_250_000);
        assert_eq!(read("0.000001").unwrap().input.to_string(), "0.000001");
        assert_eq!(
            (read("3").unwrap().input.to_string(), Money(0).to_string()),
            ("3.00".into(), "0.00".into())
        );
        for bad in ["-1", "nan", "inf", "1e13", "\"1\""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
