//! What a conversation may still use: bytes, tokens, money. Asked before each request, told after each answer.
//!
//! A request's tokens are known only afterwards. Its bound beforehand: what this model has counted already, and a token for
//! each byte that it has not seen, as every tokenizer makes at least a byte of a token. The answer is bounded by asking
//! for no more tokens than are left.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use toolgate_llm_providers::{ChatRequest, Message, Usage};

use crate::{LimitReached, Limits, Money, Price, size};

/// Use so far, and the bounds of it.
pub(super) struct Budget {
    limits: Limits,
    prices: BTreeMap<String, Price>,
    /// The most tokens of an answer that the caller wants.
    wanted: Option<u32>,
    tool_bytes: u64,
    bytes: u64,
    /// How many messages are in `bytes`.
    measured: usize,
    counted: Option<Counted>,
    tokens: u64,
    /// In millionths of a millionth: tokens times a price for a million.
    cost: u128,
    /// Whether some of the cost is not in `cost`.
    unpriced: bool,
}

/// What a model said about the transcript as it was.
struct Counted {
    model: Arc<str>,
    tokens: u64,
    bytes: u64,
}

/// What one request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// The most tokens that it can read.
    input: u64,
    /// The most tokens that the answer may have; `None` without a limit.
    pub(super) answer: Option<u32>,
}

impl Budget {
    pub(super) fn new(limits: Limits, prices: BTreeMap<String, Price>, wanted: Option<u32>) -> Self {
        Self {
            limits,
            prices,
            wanted,
            tool_bytes: 0,
            bytes: 0,
            measured: 0,
            counted: None,
            tokens: 0,
            cost: 0,
            unpriced: false,
        }
    }

    /// The tools that go with every request are of so many bytes.
    pub(super) fn offer(&mut self, tool_bytes: u64) {
        self.tool_bytes = tool_bytes;
    }

    /// What the next request, to `model`, may use.
    pub(super) fn allow(
        &mut self,
        model: &Arc<str>,
        request: &ChatRequest,
    ) -> Result<Allowance, LimitReached> {
        self.measure(&request.messages);
        if self.bytes > self.limits.bytes {
            return Err(LimitReached::Bytes { limit: self.limits.bytes, found: self.bytes });
        }
        let input = match &self.counted {
            Some(counted) if counted.model == *model => {
                counted.tokens.saturating_add(self.bytes.saturating_sub(counted.bytes))
            }
            _ => self.tool_bytes.saturating_add(self.bytes),
        };
        let left = [self.tokens_left(input)?, self.tokens_paid(model, input)?];
        let left = left.into_iter().flatten().min();
        let wanted = self.wanted.or(self.limits.answer_tokens).unwrap_or(Limits::ANSWER_TOKENS);
        let answer = left.map(|left| u32::try_from(left).unwrap_or(u32::MAX).min(wanted)).or(self.wanted);
        Ok(Allowance { input, answer })
    }

    /// Counts an answer. Where the provider does not say what it took, the most that it can have taken counts.
    pub(super) fn spend(
        &mut self,
        model: &Arc<str>,
        allowance: Allowance,
        usage: &Usage,
        answer: &impl Serialize,
    ) {
        let output = usage.output.unwrap_or_else(|| size::of_json(answer));
        let input = usage.input.unwrap_or(allowance.input);
        if usage.input.is_some() && usage.output.is_some() {
            // The answer will be read with the rest, and is counted already.
            let (tokens, bytes) =
                (input.saturating_add(output), self.bytes.saturating_add(size::of_json(answer)));
            self.counted = Some(Counted { model: Arc::clone(model), tokens, bytes });
        }
        self.charge(model, input, output, usage);
    }

    /// Counts a request that broke off: the provider may have done all of its work.
    pub(super) fn spend_on_nothing(&mut self, model: &Arc<str>, allowance: Allowance) {
        let output = allowance.answer.unwrap_or(0);
        self.charge(model, allowance.input, output.into(), &Usage::default());
    }

    /// What it cost so far, where all prices are known.
    pub(super) fn cost(&self) -> Option<Money> {
        (!self.unpriced && self.tokens > 0).then(|| money(self.cost))
    }

    fn charge(&mut self, model: &str, input: u64, output: u64, usage: &Usage) {
        self.tokens = self.tokens.saturating_add(input).saturating_add(output);
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

    fn tokens_left(&self, input: u64) -> Result<Option<u64>, LimitReached> {
        let Some(limit) = self.limits.tokens else { return Ok(None) };
        let left = limit.saturating_sub(self.tokens).saturating_sub(input);
        let over = LimitReached::Tokens { limit, used: self.tokens, next: input };
        if left == 0 { Err(over) } else { Ok(Some(left)) }
    }

    /// How many tokens of an answer can be paid.
    fn tokens_paid(&self, model: &str, input: u64) -> Result<Option<u64>, LimitReached> {
        let Some(limit) = self.limits.cost else { return Ok(None) };
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

    /// Adds the messages that are new.
    fn measure(&mut self, messages: &[Message]) {
        self.bytes += messages.iter().skip(self.measured).map(size::of_json).sum::<u64>();
        self.measured = messages.len();
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

    fn budget(tokens: Option<u64>, cost: Option<u64>) -> Budget {
        let limits = Limits { tokens, cost: cost.map(Money::from_millionths), ..Limits::default() };
        let price = Price::new(Money::from_millionths(1_000_000), Money::from_millionths(10_000_000));
        let price = price.with_cached_input(Money::from_millionths(100_000));
        Budget::new(limits, [("p/m".to_owned(), price)].into(), None)
    }

    fn usage(input: u64, output: u64) -> Usage {
        let mut usage = Usage::default();
        (usage.input, usage.output) = (Some(input), Some(output));
        usage
    }

    fn question(letters: usize) -> ChatRequest {
        ChatRequest::new(vec![Message::user("x".repeat(letters))])
    }

    #[test]
    fn what_is_unseen_counts_by_bytes_and_what_was_counted_as_counted() {
        let (mut budget, model) = (budget(Some(1000), None), Arc::from("p/m"));
        let mut request = question(500);
        let first = budget.allow(&model, &request).unwrap();
        assert!(first.input > 500 && first.answer == Some(u32::try_from(1000 - first.input).unwrap()));
        let answer = Message::assistant("y".repeat(50));
        budget.spend(&model, first, &usage(120, 20), &answer);
        request.messages.push(answer);
        let second = budget.allow(&model, &request).unwrap();
        assert_eq!(second, Allowance { input: 140, answer: Some(1000 - 140 - 140) });
        assert!(budget.allow(&Arc::from("p/other"), &request).unwrap().input > 550, "it counts otherwise");
        request.messages.push(Message::user("z".repeat(900)));
        let over = budget.allow(&model, &request).unwrap_err();
        assert!(matches!(over, LimitReached::Tokens { limit: 1000, used: 140, next: 1041.. }), "{over}");
    }

    #[test]
    fn money_is_counted_exactly_and_never_without_a_price() {
        let (mut budget, model) = (budget(None, Some(5_000)), Arc::from("p/m"));
        let allowance = budget.allow(&model, &question(100)).unwrap();
        assert!(allowance.answer.unwrap() < 500, "5000 millionths buy 500 tokens: {allowance:?}");
        let mut cached = usage(1000, 10);
        cached.cache_read = Some(900);
        budget.spend(&model, allowance, &cached, &"");
        assert_eq!(budget.cost().unwrap().millionths(), 100 + 90 + 100);
        let over = budget.allow(&model, &question(100_000)).map(drop);
        assert_eq!(over, Ok(()), "only new messages are measured, and there is none");
        let unknown = budget.allow(&Arc::from("p/unknown"), &question(1)).unwrap_err();
        assert!(unknown.to_string().contains("[prices.\"p/unknown\"]"), "{unknown}");
        budget.spend_on_nothing(&model, Allowance { input: 4000, answer: Some(100) });
        let over = budget.allow(&model, &question(100)).unwrap_err();
        assert!(matches!(over, LimitReached::Cost { .. }), "{over}");
        budget.spend_on_nothing(&Arc::from("p/unknown"), allowance);
        assert_eq!(budget.cost(), None, "a part of the cost is not known");
    }

    #[test]
    fn without_limits_nothing_is_asked_for() {
        let mut budget = Budget::new(Limits::default(), BTreeMap::new(), Some(7));
        assert_eq!(budget.allow(&Arc::from("p/m"), &question(1)).unwrap().answer, Some(7));
        budget.limits.bytes = 10;
        assert!(matches!(
            budget.allow(&Arc::from("p/m"), &question(1)),
            Err(LimitReached::Bytes { limit: 10, .. })
        ));
    }

    /// A budget of `cost` for a model of `price`, whose answers may be as long as they like.
    fn paying(cost: u64, price: Price) -> Budget {
        let limits = Limits { cost: Some(Money::from_millionths(cost)), ..Limits::default() };
        Budget::new(limits, [("p/m".to_owned(), price)].into(), Some(u32::MAX))
    }

    fn price(input: u64, output: u64) -> Price {
        Price::new(Money::from_millionths(input), Money::from_millionths(output))
    }

    #[test]
    fn tools_count_until_the_model_has_counted_them() {
        let (mut budget, model) = (budget(None, None), Arc::from("p/m"));
        let without = budget.allow(&model, &question(10)).unwrap().input;
        budget.offer(300);
        let allowance = budget.allow(&model, &question(10)).unwrap();
        assert_eq!(allowance.input, without + 300);
        budget.spend(&model, allowance, &usage(40, 2), &"");
        assert_eq!(budget.allow(&model, &question(10)).unwrap().input, 42);
    }

    #[test]
    fn a_transcript_may_have_as_many_bytes_as_allowed_and_no_more() {
        let request = question(10);
        let bytes = size::of_json(&request.messages[0]);
        for (limit, fits) in [(bytes, true), (bytes - 1, false)] {
            let mut budget = Budget::new(Limits { bytes: limit, ..Limits::default() }, BTreeMap::new(), None);
            assert_eq!(budget.allow(&Arc::from("p/m"), &request).is_ok(), fits);
        }
    }

    #[test]
    fn what_a_provider_does_not_count_counts_as_the_most_that_it_can_be() {
        let model: Arc<str> = Arc::from("p/m");
        for (input, output) in [(Some(120), None), (None, Some(20)), (None, None)] {
            let mut budget = budget(Some(10_000), None);
            let allowance = budget.allow(&model, &question(500)).unwrap();
            let mut counted = usage(0, 0);
            (counted.input, counted.output) = (input, output);
            budget.spend(&model, allowance, &counted, &"0123456789");
            let spent = input.unwrap_or(allowance.input) + output.unwrap_or(12);
            assert_eq!(budget.tokens, spent, "{counted:?}");
            let again = budget.allow(&model, &question(500)).unwrap();
            assert_eq!(again.input, allowance.input, "what is not counted in full is not taken for counted");
        }
        let mut budget = budget(Some(1000), None);
        budget.spend_on_nothing(&model, Allowance { input: 100, answer: None });
        assert_eq!(budget.tokens, 100);
    }

    #[test]
    fn each_kind_of_token_has_its_price() {
        let price = price(1_000_000, 10_000_000).with_cache_write(Money::from_millionths(2_000_000));
        let price = price.with_cached_input(Money::from_millionths(100_000));
        let mut budget = paying(1_000_000, price);
        assert_eq!(budget.cost(), None, "nothing was asked");
        let model: Arc<str> = Arc::from("p/m");
        let allowance = Allowance { input: 0, answer: None };
        budget.spend(&model, allowance, &usage(1000, 10), &"");
        assert_eq!(budget.cost().unwrap().millionths(), 1000 + 100);
        let mut cached = usage(1000, 0);
        (cached.cache_read, cached.cache_write) = (Some(300), Some(200));
        budget.spend(&model, allowance, &cached, &"");
        assert_eq!(budget.cost().unwrap().millionths(), 1100 + 500 + 30 + 400);
    }

    #[test]
    fn what_is_spent_is_told_in_full_and_what_is_left_is_given_to_the_last() {
        let model: Arc<str> = Arc::from("p/m");
        let mut odd = paying(1, price(1_000_001, 0));
        odd.spend(&model, Allowance { input: 0, answer: None }, &usage(1, 0), &"");
        assert_eq!(odd.cost().unwrap().millionths(), 2, "rounded up");
        let answer = |cost, price| paying(cost, price).allow(&model, &question(1)).unwrap().answer;
        assert_eq!(answer(1, price(0, 1)), Some(1_000_000));
        assert_eq!(answer(1, price(0, 1_000_000)), Some(1));
        assert_eq!(answer(1, price(0, 0)), Some(u32::MAX), "what costs nothing has no end");
        assert!(paying(1, price(0, 1_000_001)).allow(&model, &question(1)).is_err());
        assert!(paying(1, price(1_000_000, 0)).allow(&model, &question(1)).is_err());
    }

    /// A bound is one only if nothing can cost more.
    #[test]
    fn what_is_read_is_bounded_by_the_dearest_way_to_read_it() {
        let model: Arc<str> = Arc::from("p/m");
        let (cheap, dear) = (Money::from_millionths(0), Money::from_millionths(1_000_000_000));
        for price in [price(0, 0).with_cached_input(dear), price(0, 0).with_cache_write(dear)] {
            let over = paying(1_000, price).allow(&model, &question(10)).unwrap_err();
            assert!(matches!(over, LimitReached::Cost { .. }), "{over}");
        }
        let discounts = price(1_000_000, 0).with_cached_input(cheap).with_cache_write(cheap);
        assert!(paying(1, discounts).allow(&model, &question(10)).is_err(), "a discount may not apply");
    }
}
