//! The three scenarios of the demo with their exact values.

use toolgate::Answer;

/// One question, and everything that must come of it, whichever model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its title.
    pub title: &'static str,
    /// What the user asks.
    pub question: &'static str,
    /// The tool that the model must ask for.
    pub tool: &'static str,
    /// The arguments that it must give, as JSON.
    pub arguments: &'static str,
    /// Whether the gate lets the call pass.
    pub allowed: bool,
    /// What the answer must say, in any case.
    pub says: &'static [&'static str],
    /// Whether the client is the one that lacks `ticket:create`.
    pub limited_client: bool,
}

/// The three scenarios, in their order.
pub const SCENARIOS: [Scenario; 3] = [
    Scenario {
        title: "Customer Account Calculation",
        question: "Customer CUST67890 recently made purchases of $150, $300, $13 and $89. Calculate their total \
                   account value and check if they qualify for premium status (>$500).",
        tool: "calculate_account_value",
        arguments: r#"{"customer_id": "CUST67890", "amounts": [150, 300, 13, 89]}"#,
        allowed: true,
        says: &["552", "138", "premium status: yes", "bronze"],
        limited_client: false,
    },
    Scenario {
        title: "User Information Lookup",
        question: "Look up information for customer 'JOHNDOE123' and tell me about their account status.",
        tool: "get_customer_info",
        arguments: r#"{"customer_id": "JOHNDOE123"}"#,
        allowed: true,
        says: &["active", "premium", "customerjohndoe123@example.com"],
        limited_client: false,
    },
    Scenario {
        title: "Support Ticket Without the Right",
        question: "Create a high priority support ticket for customer CUST67890: login fails, cannot sign in since \
                   Monday.",
        tool: "create_support_ticket",
        arguments: r#"{"customer_id": "CUST67890"}"#,
        allowed: false,
        says: &["ticket:create"],
        limited_client: true,
    },
];

impl Scenario {
    /// Everything in `answer` that is not as it must be.
    #[must_use]
    pub fn faults(&self, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        match &answer.passages[..] {
            [passage] => {
                let call = &passage.call;
                if &*call.name != self.tool {
                    faults.push(format!("the model asked for {} instead of {}", call.name, self.tool));
                }
                if passage.decision.is_allowed() != self.allowed {
                    faults.push(format!("the gate decided otherwise: {:?}", passage.decision));
                }
                if !holds(&call.raw_arguments, self.arguments) {
                    faults.push(format!(
                        "the arguments are {} instead of {}",
                        call.raw_arguments, self.arguments
                    ));
                }
            }
            passages => faults.push(format!("{} tool calls instead of one", passages.len())),
        }
        if answer.rounds != 2 {
            faults.push(format!("{} model calls instead of two", answer.rounds));
        }
        let said = answer.text.to_lowercase();
        for word in self.says.iter().filter(|word| !said.contains(*word)) {
            faults.push(format!("the answer does not say {word:?}: {}", answer.text));
        }
        faults
    }
}

/// Whether the JSON object `text` has every member of `expected` with an equal value.
fn holds(text: &str, expected: &str) -> bool {
    let read = |text| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok();
    match (read(text), read(expected)) {
        (Some(found), Some(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| same(found, value)))
        }
        _ => false,
    }
}

/// Equal as JSON means it: 150 and 150.0 are one number.
fn same(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number};
    match (left, right) {
        (Number(left), Number(right)) => left.as_f64() == right.as_f64(),
        (Array(left), Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        _ => left == right,
    }
}
