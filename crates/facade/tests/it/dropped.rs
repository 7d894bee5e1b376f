//! Whoever waits for a conversation may stop waiting at any await of it: what it did until then is on record, and nothing
//! else.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use toolgate::audit::{self, Entry, Filter, OutcomeKind, Verdict};
use toolgate::{Durable, Toolgate};

use crate::Bench;
use crate::conversation::BOTH;

/// What comes of `future` when it is polled so often and waited for so long; `None` where it still waits, and is dropped.
async fn waited<T>(polls: usize, time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut polled) = (Box::pin(future), 0);
    let counted = poll_fn(move |context| {
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    tokio::time::timeout(time, counted).await.ok().flatten()
}

/// Of each call by its request: whether it was allowed, and how it ended.
fn recorded(bench: &Bench) -> BTreeMap<String, (Vec<Verdict>, Vec<OutcomeKind>)> {
    let mut calls: BTreeMap<String, (Vec<Verdict>, Vec<OutcomeKind>)> = BTreeMap::new();
    for record in audit::read(bench.audit(), Filter::new()).unwrap() {
        match record.unwrap().entry {
            Entry::Decision(decision) => calls.entry(decision.request).or_default().0.push(decision.verdict),
            Entry::Outcome(outcome) => calls.entry(outcome.request).or_default().1.push(outcome.outcome),
            _ => {}
        }
    }
    calls
}

async fn dropped_at_each_poll(durable: Durable, streamed: bool) {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.audit.durable = durable;
    // One call is under way while the other has ended.
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_millis(30));
    let toolgate = Toolgate::open(config).unwrap();
    let model = toolgate.model(None).unwrap();
    let conversation = async || {
        if !streamed {
            return toolgate.chat(&model, BOTH).await.map(drop);
        }
        let mut conversation = toolgate.chat_stream(&model, BOTH);
        while let Some(event) = conversation.next().await {
            drop(event?);
        }
        Ok(())
    };
    // Where it waits for so little that time cannot tell, and where it waits for the call.
    let by_polls = (1_usize..).map(|polls| (polls, Duration::MAX));
    let by_time = (1_u64..).map(|step| (usize::MAX, Duration::from_millis(step)));
    for ways in [&mut by_polls.take(1000) as &mut dyn Iterator<Item = _>, &mut by_time.take(1000)] {
        loop {
            let (polls, time) = ways.next().expect("an end of the conversation");
            if let Some(ended) = waited(polls, time, conversation()).await {
                break ended.unwrap();
            }
        }
    }
    drop(toolgate);
    assert!(audit::verify(bench.audit()).unwrap().is_intact());
    let calls = recorded(&bench);
    for (request, (verdicts, outcomes)) in &calls {
        let whole = match verdicts[..] {
            [Verdict::Allowed] => outcomes.len() == 1,
            [Verdict::Denied] => outcomes.is_empty(),
            _ => false,
        };
        assert!(whole, "{request}: {verdicts:?} {outcomes:?}");
    }
    let ran = |kind: &OutcomeKind| matches!(kind, OutcomeKind::Succeeded | OutcomeKind::Unknown);
    let may_have_run = calls.values().flat_map(|(_, outcomes)| outcomes).filter(|kind| ran(kind)).count();
    assert!(bench.rig.mcp().controls().calls() <= may_have_run, "nothing ran that is not on record");
    let given_up = calls.values().filter(|(_, outcomes)| outcomes.contains(&OutcomeKind::Unknown)).count();
    assert!(given_up > 0, "it was dropped while calls were under way: {calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_conversation_is_dropped_its_record_is_whole() {
    dropped_at_each_poll(Durable::Call, false).await;
    dropped_at_each_poll(Durable::Batch, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_stream_is_dropped_its_record_is_whole() {
    dropped_at_each_poll(Durable::Call, true).await;
    dropped_at_each_poll(Durable::Batch, true).await;
}
