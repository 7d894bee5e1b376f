//! A person is asked about a call: what answers the question, what does not, and what is shown meanwhile.

use std::io::Write;
use std::time::Duration;

use super::{BOTH, LOOK_UP, session};
use crate::Bench;

async fn where_a_person_is_asked() -> Bench {
    let bench = Bench::start().await;
    let policy = "[policy.tools.get_customer_info]\nscopes = []\nrequire_approval = true\n";
    std::fs::write(bench.folder().join("toolgate.toml"), policy).unwrap();
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_yes_or_no_or_gives_up() {
    let bench = where_a_person_is_asked().await;
    let calls = || bench.rig.mcp().controls().calls();
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("get_customer_info of mcp with {");
        session.until("[y/N] ");
        assert_eq!(calls(), 0);
        session.type_line("n");
        session.until("✗ get_customer_info");
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("[y/N] ");
        session.type_line("y");
        session.until("✓ get_customer_info");
        session.until("› ");
        assert_eq!(calls(), 1);
        session.type_line(LOOK_UP);
        session.until("[y/N] ");
        session.keys.write_all(b"\x03").unwrap();
        session.until("given up");
        session.until("› ");
        session.type_line("/exit");
        assert_eq!((session.ended(), calls()), (0, 1));
    })
    .await;
}

/// A tool could write what looks like the question, about another call.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_below_a_question() {
    let bench = where_a_person_is_asked().await;
    let file = bench.folder().join("toolgate.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, settings + "[policy.tools.calculate_account_value]\nscopes = []\n").unwrap();
    bench.rig.mcp().controls().set_delay("calculate_account_value", Duration::from_millis(300));
    session(&bench, &["chat", BOTH], &[], |session| {
        session.until("[y/N] ");
        while bench.rig.mcp().controls().calls() == 0 {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_secs(1));
        session.type_line("y");
        let before = session.until("✓ calculate_account_value");
        assert!(before.starts_with("y\n"), "{before:?}");
        session.until("✓ get_customer_info");
        assert_eq!(session.ended(), 0);
    })
    .await;
}

/// Whoever reads one question and says yes must not mean another call.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_calls_one_is_asked_about_after_the_other() {
    let bench = where_a_person_is_asked().await;
    let file = bench.folder().join("toolgate.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let both = settings + "[policy.tools.calculate_account_value]\nscopes = []\nrequire_approval = true\n";
    std::fs::write(&file, both).unwrap();
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(BOTH);
        let asked = |text: &str| {
            let tools: Vec<_> = ["get_customer_info", "calculate_account_value"]
                .into_iter()
                .filter(|tool| text.contains(&format!("{tool} of mcp with {{")))
                .collect();
            assert_eq!(tools.len(), 1, "{text:?}");
            tools[0]
        };
        let first = asked(&session.until("Make this call? [y/N] "));
        std::thread::sleep(Duration::from_millis(300));
        session.type_line("n");
        let told = session.until("Make this call? [y/N] ");
        let second = asked(&told);
        assert_ne!(first, second);
        assert!(told.starts_with("n\n"), "{told:?}");
        session.type_line("y");
        session.until(&format!("✓ {second}"));
        session.until("› ");
        assert_eq!(bench.rig.mcp().controls().calls(), 1);
        session.type_line("/exit");
        assert_eq!(session.ended(), 0);
    })
    .await;
}

/// What is typed at a question that nobody waits for any more is no answer, and no question to the model either.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_at_a_question_that_was_given_up_is_told() {
    let bench = where_a_person_is_asked().await;
    let file = bench.folder().join("toolgate.toml");
    let settings = std::fs::read_to_string(&file).unwrap() + "[limits]\nwall_time_seconds = 2\n";
    std::fs::write(&file, settings).unwrap();
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(LOOK_UP);
        session.until("[y/N] ");
        session.until("longer than");
        session.type_line("y");
        session.until("went nowhere");
        session.until("› ");
        session.type_line("/exit");
        assert_eq!((session.ended(), bench.rig.mcp().controls().calls()), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_a_question_does_not_answer_it() {
    let bench = where_a_person_is_asked().await;
    let calls = || bench.rig.mcp().controls().calls();
    session(&bench, &["chat"], &[], |session| {
        session.until("› ");
        session.type_line(&format!("{LOOK_UP}\ry"));
        session.until("[y/N] ");
        session.type_line("n");
        session.until("✗ get_customer_info");
        session.until("› y");
        session.type_line("/exit");
        assert_eq!((session.ended(), calls()), (0, 0));
    })
    .await;
    session(&bench, &["chat", LOOK_UP], &[], |session| {
        session.type_line("y");
        session.until("[y/N] ");
        session.type_line("n");
        assert_eq!((session.ended(), calls()), (0, 0));
    })
    .await;
}
