//! What is counted, under the names by which monitors know it.

use std::sync::atomic::Ordering;

use super::{Exchange, Family, Kind, Measure, Metrics, OUTCOMES, Sample, Snapshot};

impl Metrics {
    /// All numbers now. They are read one by one, so two of them may be an event apart.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut families = self.gate();
        families.extend(self.connections());
        families.extend(self.talk());
        families.extend(self.server());
        Snapshot { families }
    }

    fn gate(&self) -> Vec<Family> {
        let decisions = self.rules.flat_map(|rule, counts| {
            let denied = counts.denied.flat_map(|_, count| vec![count.load(Ordering::Relaxed)]).iter().sum();
            [("allowed", counts.allowed.load(Ordering::Relaxed)), ("denied", denied)]
                .map(|(verdict, count)| counted([("rule", rule), ("verdict", verdict)], count))
                .into()
        });
        let denials = self.rules.flat_map(|rule, counts| {
            counts.denied.flat_map(|reason, count| {
                vec![counted([("rule", rule), ("reason", reason)], count.load(Ordering::Relaxed))]
            })
        });
        let calls = self.servers.flat_map(|server, counts| {
            let ended = counts.outcomes.iter().map(|outcome| outcome.load(Ordering::Relaxed));
            let by_outcome = OUTCOMES.into_iter().zip(ended);
            by_outcome
                .map(|(outcome, count)| counted([("server", server), ("outcome", outcome)], count))
                .collect()
        });
        let durations = self.servers.flat_map(|server, counts| {
            vec![sample([("server", server)], Measure::Distribution(counts.duration.distribution()))]
        });
        let unrecorded = vec![counted([], self.unrecorded.load(Ordering::Relaxed))];
        vec![
            counter("toolgate_decisions_total", "Decisions of the gate by rule.", decisions),
            counter("toolgate_denials_total", "Denied calls by rule and reason.", denials),
            counter("toolgate_tool_calls_total", "Tool calls by server and outcome.", calls),
            histogram("toolgate_tool_call_duration_seconds", "How long tool calls took.", durations),
            counter(
                "toolgate_audit_failures_total",
                "Records that could not be written, so that nothing went on.",
                unrecorded,
            ),
        ]
    }

    fn connections(&self) -> Vec<Family> {
        let ends = |exchange: &Exchange| {
            exchange.results().map(|(result, count)| counted([("result", result)], count)).collect()
        };
        let models = self.providers.flat_map(|provider, exchange| {
            let ends = exchange.results();
            ends.map(|(result, count)| counted([("provider", provider), ("result", result)], count)).collect()
        });
        let durations = self.providers.flat_map(|provider, exchange| {
            vec![sample([("provider", provider)], Measure::Distribution(exchange.distribution()))]
        });
        vec![
            counter("toolgate_token_requests_total", "Requests for access tokens.", ends(&self.tokens)),
            counter("toolgate_key_set_fetches_total", "Fetches of the issuer's keys.", ends(&self.keys)),
            counter("toolgate_model_requests_total", "Requests to models by provider.", models),
            histogram(
                "toolgate_model_request_duration_seconds",
                "From a request to a model until its response begins.",
                durations,
            ),
        ]
    }

    fn talk(&self) -> Vec<Family> {
        let counts = &self.conversations;
        let breakers = self.breakers.flat_map(|target, state| {
            let state = u8::try_from(state.load(Ordering::Relaxed)).unwrap_or(u8::MAX);
            vec![sample([("target", target)], Measure::Level(f64::from(state)))]
        });
        #[expect(clippy::cast_precision_loss, reason = "so many conversations are never open at once")]
        let open = counts.open.load(Ordering::Relaxed) as f64;
        let ended =
            [("answered", &counts.answered), ("failed", &counts.failed), ("given_up", &counts.given_up)];
        let tokens = [("input", &counts.input), ("output", &counts.output)];
        vec![
            counter(
                "toolgate_failovers_total",
                "How often another model was asked in place of one that failed.",
                vec![counted([], self.failovers.load(Ordering::Relaxed))],
            ),
            family(
                "toolgate_breaker_state",
                "Circuit breakers by target: 0 closed, 1 half open, 2 open.",
                Kind::Gauge,
                breakers,
            ),
            family(
                "toolgate_open_conversations",
                "Conversations under way.",
                Kind::Gauge,
                vec![sample([], Measure::Level(open))],
            ),
            counter(
                "toolgate_conversations_total",
                "Conversations that ended, by how.",
                ended.map(|(how, n)| counted([("result", how)], n.load(Ordering::Relaxed))).into(),
            ),
            counter(
                "toolgate_model_tokens_total",
                "Tokens read and written by models, as far as they say.",
                tokens.map(|(way, n)| counted([("direction", way)], n.load(Ordering::Relaxed))).into(),
            ),
        ]
    }

    fn server(&self) -> Vec<Family> {
        let by_status = self.requests.flat_map(|route, counts| {
            counts.by_status.flat_map(|status, count| {
                vec![counted([("route", route), ("status", status)], count.load(Ordering::Relaxed))]
            })
        });
        let durations = self.requests.flat_map(|route, counts| {
            vec![sample([("route", route)], Measure::Distribution(counts.duration.distribution()))]
        });
        vec![
            counter("toolgate_requests_total", "Requests to the server by route and status.", by_status),
            histogram(
                "toolgate_request_duration_seconds",
                "From a request to the server until its answer begins.",
                durations,
            ),
        ]
    }
}

fn family(name: &'static str, help: &'static str, kind: Kind, samples: Vec<Sample>) -> Family {
    Family { name, help, kind, samples }
}

fn counter(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    family(name, help, Kind::Counter, samples)
}

fn histogram(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    family(name, help, Kind::Histogram, samples)
}

fn sample<const N: usize>(labels: [(&'static str, &str); N], measure: Measure) -> Sample {
    Sample { labels: labels.map(|(name, value)| (name, value.to_owned())).into(), measure }
}

fn counted<const N: usize>(labels: [(&'static str, &str); N], count: u64) -> Sample {
    sample(labels, Measure::Count(count))
}
