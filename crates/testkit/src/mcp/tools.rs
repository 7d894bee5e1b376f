//! What the tools are called, what they take and which scope each asks for.
//!
//! The schemas state every input rule, so that a client can check before it sends; the server checks again.

use std::sync::LazyLock;

use jsonschema::Validator;
use rmcp::model::Tool;
use serde_json::{Value, json};

/// The tool that no policy lists and this server asks no scope for.
pub(super) const UNLISTED: &str = "drop_all_tables";

/// One tool with its rules.
pub(super) struct Definition {
    pub(super) tool: Tool,
    pub(super) scope: Option<&'static str>,
    validator: Validator,
}

impl Definition {
    fn new(
        name: &'static str,
        description: &'static str,
        scope: Option<&'static str>,
        schema: Value,
    ) -> Self {
        let validator = jsonschema::validator_for(&schema).expect("a tool's input schema");
        let Value::Object(schema) = schema else { panic!("the input schema of {name} is not an object") };
        Self { tool: Tool::new(name, description, schema), scope, validator }
    }

    /// Every broken rule in one sentence that repeats no value, or nothing.
    pub(super) fn complaint(&self, arguments: &Value) -> Option<String> {
        let broken: Vec<String> = self
            .validator
            .iter_errors(arguments)
            .map(|error| match error.instance_path().as_str() {
                "" => error.masked().to_string(),
                path => format!("{}: {}", path.trim_start_matches('/'), error.masked()),
            })
            .collect();
        (!broken.is_empty()).then(|| format!("invalid arguments: {}", broken.join("; ")))
    }
}

/// The definition of a tool by name.
pub(super) fn find(name: &str) -> Option<&'static Definition> {
    all().iter().find(|definition| definition.tool.name == name)
}

/// Every tool in the order of `tools/list`; the unlisted one is last.
pub(super) fn all() -> &'static [Definition] {
    static ALL: LazyLock<[Definition; 5]> = LazyLock::new(|| {
        [
            Definition::new(
                "get_customer_info",
                "Looks up one customer: status, account type and contact details.",
                Some("customer:read"),
                object(json!({ "customer_id": customer_id() }), &["customer_id"]),
            ),
            Definition::new(
                "create_support_ticket",
                "Opens a support ticket for a customer.",
                Some("ticket:create"),
                ticket(),
            ),
            Definition::new(
                "calculate_account_value",
                "Adds up a customer's purchases and tells the account tier.",
                Some("account:calculate"),
                account(),
            ),
            Definition::new(
                "get_recent_customers",
                "Lists the customers seen last, latest first.",
                Some("customer:read"),
                object(json!({ "limit": { "type": "integer", "minimum": 1, "maximum": 100 } }), &[]),
            ),
            Definition::new(UNLISTED, "Drops every table of the database.", None, object(json!({}), &[])),
        ]
    });
    &*ALL
}

/// The tool as listed, under another description if one is given.
pub(super) fn described(definition: &Definition, description: Option<String>) -> Tool {
    let mut tool = definition.tool.clone();
    if let Some(description) = description {
        tool.description = Some(description.into());
    }
    tool
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn customer_id() -> Value {
    json!({ "type": "string", "pattern": "^[A-Z0-9]{5,10}$", "description": "5 to 10 upper-case letters and digits" })
}

fn ticket() -> Value {
    let properties = json!({
        "customer_id": customer_id(),
        "subject": { "type": "string", "minLength": 1, "maxLength": 200 },
        "description": { "type": "string", "minLength": 1, "maxLength": 2000 },
        "priority": { "type": "string", "enum": ["low", "normal", "high", "urgent"] },
    });
    object(properties, &["customer_id", "subject", "description", "priority"])
}

fn account() -> Value {
    let amount = json!({ "type": "number", "minimum": 0, "maximum": 1_000_000 });
    let amounts = json!({ "type": "array", "items": amount, "minItems": 1, "maxItems": 100 });
    object(json!({ "customer_id": customer_id(), "amounts": amounts }), &["customer_id", "amounts"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(tool: &str, arguments: Value) -> Option<String> {
        find(tool).unwrap().complaint(&arguments)
    }

    #[test]
    fn limits_are_inclusive() {
        let ticket = |subject: usize, description: usize| {
            json!({ "customer_id": "CUST67890", "subject": "s".repeat(subject),
                    "description": "d".repeat(description), "priority": "normal" })
        };
        assert_eq!(verdict("create_support_ticket", ticket(1, 1)), None);
        assert_eq!(verdict("create_support_ticket", ticket(200, 2000)), None);
        for (subject, description) in [(0, 1), (1, 0), (201, 1), (1, 2001)] {
            assert!(verdict("create_support_ticket", ticket(subject, description)).is_some());
        }
        let account = |amounts: Vec<f64>| json!({ "customer_id": "CUST67890", "amounts": amounts });
        assert_eq!(verdict("calculate_account_value", account(vec![0.0, 1_000_000.0])), None);
        assert_eq!(verdict("calculate_account_value", account(vec![1.0; 100])), None);
        for amounts in [vec![], vec![1.0; 101], vec![-0.01], vec![1_000_000.01]] {
            assert!(verdict("calculate_account_value", account(amounts)).is_some());
        }
        for id in ["ABCD", "ABCDEFGHIJK", "cust67890", "CUST-1234", "CUST67890\n"] {
            assert!(verdict("get_customer_info", json!({ "customer_id": id })).is_some(), "{id}");
        }
    }

    #[test]
    fn complaints_name_the_field_and_repeat_no_value() {
        let text = verdict("get_customer_info", json!({ "customer_id": "canary'; DROP TABLE" })).unwrap();
        assert!(text.starts_with("invalid arguments: customer_id: ") && !text.contains("canary"), "{text}");
    }
}
