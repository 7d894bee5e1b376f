//! The way of somebody who has never seen this: settings, a look at everything, a question, the records.

use serde_json::Value;

use crate::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_an_answer_and_its_record() {
    let bench = Bench::start().await;
    let init = bench.run(&["init"], &[]).await;
    assert!(init.code == 0 && init.out.contains("toolgate doctor"), "what comes next is said: {}", init.out);
    let doctor = bench.run(&["doctor"], &[]).await;
    assert_eq!(doctor.code, 0, "{}{}", doctor.out, doctor.err);
    let question = "Look up information for customer 'JOHNDOE123' and tell me about their account status.";
    let chat = bench.run(&["chat", "--json", question], &[]).await;
    assert_eq!(chat.code, 0, "{}", chat.err);
    let told: Value = serde_json::from_str(&chat.out).unwrap();
    assert_eq!((&told["tool_calls"][0]["allowed"], bench.rig.mcp().controls().executed()), (&true.into(), 1));
    let verify = bench.run(&["audit", "verify", "toolgate.audit.jsonl"], &[]).await;
    assert!(verify.code == 0 && verify.out.contains("1 allowed, 0 denied"), "{}{}", verify.out, verify.err);
}
