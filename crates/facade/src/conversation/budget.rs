//! What a conversation may still use: bytes, tokens, money. Asked before each request, told after each answer.
//!
//! A request's tokens are known only afterwards. Its bound beforehand: what this model has counted already, and a token for
//! each byte that it has not seen, as every tokenizer makes at least a byte of a token. The answer is bounded by asking
//! for no more tokens than are left.

mod bill;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use toolgate_llm_providers::{ChatRequest, Message, Usage};

use self::bill::Bill;
use crate::{LimitReached, Limits, Money, Price, size};

/// Use so far, and the bounds of it.
pub(super) struct Budget {
    limits: Limits,
    bill: Bill,
    /// The most tokens of an answer that the caller wants.
    wanted: Option<u32>,
    tool_bytes: u64,
    bytes: u64,
    /// How many messages are in `bytes`.
    measured: usize,
    counted: Option<Counted>,
    tokens: u64,
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
            bill: Bill::new(prices),
            wanted,
            tool_bytes: 0,
            bytes: 0,
            measured: 0,
            counted: None,
            tokens: 0,
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
        let left = [self.tokens_left(input)?, self.bill.tokens_paid(self.limits.cost, model, input)?];
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
        self.bill.total().filter(|_| self.tokens > 0)
    }

    fn charge(&mut self, model: &str, input: u64, output: u64, usage: &Usage) {
        self.tokens = self.tokens.saturating_add(input).saturating_add(output);
        self.bill.add(model, input, output, usage);
    }

    fn tokens_left(&self, input: u64) -> Result<Option<u64>, LimitReached> {
        let Some(limit) = self.limits.tokens else { return Ok(None) };
        let left = limit.saturating_sub(self.tokens).saturating_sub(input);
        let over = LimitReached::Tokens { limit, used: self.tokens, next: input };
        if left == 0 { Err(over) } else { Ok(Some(left)) }
    }

    /// Adds the messages that are new.
    fn measure(&mut self, messages: &[Message]) {
        self.bytes += messages.iter().skip(self.measured).map(size::of_json).sum::<u64>();
        self.measured = messages.len();
    }
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
}
