//! What the tokens of a conversation cost: counted exactly, and never guessed where a price is missing.

use std::collections::BTreeMap;

use toolgate_llm_providers::Usage;

use crate::{LimitReached, Money, Price};

/// The cost so far, by the price of each model.
pub(super) struct Bill {
    prices: BTreeMap<String, Price>,
    /// In millionths of a millionth: tokens times a price for a million.
    cost: u128,
    /// Whether some of the cost is not in `cost`.
    unpriced: bool,
}

impl Bill {
    pub(super) fn new(prices: BTreeMap<String, Price>) -> Self {
        Self { prices, cost: 0, unpriced: false }
    }

    /// The cost so far; `None` where a part of it is not known.
    pub(super) fn total(&self) -> Option<Money> {
        (!self.unpriced).then(|| money(self.cost))
    }

    /// Adds what one request took.
    pub(super) fn add(&mut self, model: &str, input: u64, output: u64, usage: &Usage) {
        let Some(price) = self.prices.get(model) else {
            self.unpriced = true;
            return;
        };
        let (read, written) = (usage.cache_read.unwrap_or(0), usage.cache_write.unwrap_or(0));
        let plain = input.saturating_sub(read).saturating_sub(written);
        let parts = [
            (plain, price.input),
            (read, price.cached_input.unwrap_or(price.input)),
            (written, price.cache_write.unwrap_or(price.input)),
            (output, price.output),
        ];
        self.cost += parts.into_iter().map(|(tokens, price)| times(tokens, price)).sum::<u128>();
    }

    /// How many tokens of an answer can be paid, where `limit` bounds the whole cost.
    pub(super) fn tokens_paid(
        &self,
        limit: Option<Money>,
        model: &str,
        input: u64,
    ) -> Result<Option<u64>, LimitReached> {
        let Some(limit) = limit else { return Ok(None) };
        let price =
            self.prices.get(model).ok_or_else(|| LimitReached::NoPrice { model: model.to_owned() })?;
        // How much of it comes out of a cache, or goes into one, is the provider's affair.
        let cached = [price.cached_input, price.cache_write].into_iter().flatten();
        let dearest = cached.fold(price.input, Money::max);
        let next = times(input, dearest);
        let over = || LimitReached::Cost { limit, used: money(self.cost), next: money(next) };
        let left = times(1_000_000, limit).checked_sub(self.cost + next).ok_or_else(over)?;
        match left.checked_div(price.output.millionths().into()) {
            Some(0) => Err(over()),
            Some(tokens) => Ok(Some(u64::try_from(tokens).unwrap_or(u64::MAX))),
            None => Ok(Some(u64::MAX)),
        }
    }
}

fn times(tokens: u64, price: Money) -> u128 {
    u128::from(tokens) * u128::from(price.millionths())
}

/// Rounded up: what is spent is never told to be less.
fn money(cost: u128) -> Money {
    Money::from_millionths(u64::try_from(cost.div_ceil(1_000_000)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(price: Price) -> Bill {
        Bill::new([("p/m".to_owned(), price)].into())
    }

    fn price(input: u64, output: u64) -> Price {
        Price::new(Money::from_millionths(input), Money::from_millionths(output))
    }

    /// How long an answer to a question of `input` tokens may be for this cost.
    fn paid(cost: u64, price: Price, input: u64) -> Result<Option<u64>, LimitReached> {
        bill(price).tokens_paid(Some(Money::from_millionths(cost)), "p/m", input)
    }

    #[test]
    fn each_kind_of_token_has_its_price() {
        let price = price(1_000_000, 10_000_000).with_cache_write(Money::from_millionths(2_000_000));
        let mut bill = bill(price.with_cached_input(Money::from_millionths(100_000)));
        bill.add("p/m", 1000, 10, &Usage::default());
        assert_eq!(bill.total().unwrap().millionths(), 1000 + 100);
        let mut cached = Usage::default();
        (cached.cache_read, cached.cache_write) = (Some(300), Some(200));
        bill.add("p/m", 1000, 0, &cached);
        assert_eq!(bill.total().unwrap().millionths(), 1100 + 500 + 30 + 400);
    }

    #[test]
    fn what_is_spent_is_told_in_full_and_what_is_left_is_given_to_the_last() {
        let mut odd = bill(price(1_000_001, 0));
        odd.add("p/m", 1, 0, &Usage::default());
        assert_eq!(odd.total().unwrap().millionths(), 2, "rounded up");
        assert_eq!(paid(1, price(0, 1), 1), Ok(Some(1_000_000)));
        assert_eq!(paid(1, price(0, 1_000_000), 1), Ok(Some(1)));
        assert_eq!(paid(1, price(0, 0), 1), Ok(Some(u64::MAX)), "what costs nothing has no end");
        assert!(paid(1, price(0, 1_000_001), 1).is_err());
        assert!(paid(1, price(1_000_000, 0), 2).is_err());
    }

    /// A bound is one only if nothing can cost more.
    #[test]
    fn what_is_read_is_bounded_by_the_dearest_way_to_read_it() {
        let (cheap, dear) = (Money::from_millionths(0), Money::from_millionths(1_000_000_000));
        for price in [price(0, 0).with_cached_input(dear), price(0, 0).with_cache_write(dear)] {
            let over = paid(1_000, price, 10).unwrap_err();
            assert!(matches!(over, LimitReached::Cost { .. }), "{over}");
        }
        let discounts = price(1_000_000, 0).with_cached_input(cheap).with_cache_write(cheap);
        assert!(paid(1, discounts, 10).is_err(), "a discount may not apply");
    }
}
