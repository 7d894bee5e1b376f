//! What the tools answer: the demo's exact values, as functions of checked arguments, the time and a serial number.

use serde::Deserialize;
use serde_json::{Value, json};

/// Runs a tool on arguments that fit its schema; `now` is an RFC 3339 time, `serial` numbers tickets from 1.
pub(super) fn answer(tool: &str, arguments: &Value, now: &str, serial: usize) -> Value {
    match tool {
        "get_customer_info" => customer(text(arguments, "customer_id"), now),
        "create_support_ticket" => ticket(arguments, now, serial),
        "calculate_account_value" => account(arguments, now),
        "get_recent_customers" => recent(arguments, now),
        _ => json!({ "status": "all tables dropped" }),
    }
}

fn text<'a>(arguments: &'a Value, name: &str) -> &'a str {
    arguments[name].as_str().expect("a string, by the schema")
}

fn customer(id: &str, now: &str) -> Value {
    json!({
        "customer_id": id,
        "name": format!("Customer {id}"),
        "status": "active",
        "account_type": "premium",
        "last_activity": now,
        "contact_info": {
            "email": format!("customer{}@example.com", id.to_lowercase()),
            "phone": "+1-555-0123",
        },
    })
}

fn ticket(arguments: &Value, now: &str, serial: usize) -> Value {
    let priority = text(arguments, "priority");
    let urgent = matches!(priority, "high" | "urgent");
    json!({
        "ticket_id": format!("TICKET-{serial:06}"),
        "customer_id": text(arguments, "customer_id"),
        "subject": text(arguments, "subject"),
        "description": text(arguments, "description"),
        "priority": priority,
        "status": "open",
        "created": now,
        "estimated_resolution": if urgent { "24-48 hours" } else { "2-5 business days" },
    })
}

fn account(arguments: &Value, now: &str) -> Value {
    #[derive(Deserialize)]
    struct Account {
        customer_id: String,
        amounts: Vec<f64>,
    }
    let Account { customer_id, amounts } =
        Account::deserialize(arguments).expect("an account, by the schema");
    let total: f64 = amounts.iter().sum();
    let count = u32::try_from(amounts.len()).expect("at most 100 amounts, by the schema");
    json!({
        "customer_id": customer_id,
        "calculation": {
            "total": total,
            "average": total / f64::from(count),
            "count": count,
            "max_purchase": amounts.iter().copied().fold(f64::MIN, f64::max),
            "min_purchase": amounts.iter().copied().fold(f64::MAX, f64::min),
            "amounts": amounts,
        },
        "account_tier": tier(total),
        "calculated_at": now,
    })
}

fn tier(total: f64) -> &'static str {
    if total > 50_000.0 {
        "gold"
    } else if total > 10_000.0 {
        "silver"
    } else {
        "bronze"
    }
}

/// Ten unless asked otherwise, of which the first two are the scenarios' own.
fn recent(arguments: &Value, now: &str) -> Value {
    let limit = arguments["limit"].as_u64().unwrap_or(10);
    (1..=limit)
        .map(|place| match place {
            1 => "CUST67890".to_owned(),
            2 => "JOHNDOE123".to_owned(),
            _ => format!("CUST{place:05}"),
        })
        .map(|id| json!({ "customer_id": id, "name": format!("Customer {id}"), "status": "active", "last_activity": now }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-02T03:04:05Z";

    #[test]
    fn scenario_1_is_exact() {
        let arguments = json!({ "customer_id": "CUST67890", "amounts": [150, 300, 13, 89] });
        let expected = r#"{"account_tier":"bronze","calculated_at":"2026-01-02T03:04:05Z","calculation":{"amounts":[150.0,300.0,13.0,89.0],"average":138.0,"count":4,"max_purchase":300.0,"min_purchase":13.0,"total":552.0},"customer_id":"CUST67890"}"#;
        let answered = answer("calculate_account_value", &arguments, NOW, 0);
        assert_eq!(answered, serde_json::from_str::<Value>(expected).unwrap());
        assert_eq!(answered["calculation"]["total"].to_string(), "552.0");
    }

    #[test]
    fn scenario_2_is_exact() {
        let answered = answer("get_customer_info", &json!({ "customer_id": "JOHNDOE123" }), NOW, 0);
        assert_eq!(answered["name"], "Customer JOHNDOE123");
        assert_eq!((&answered["status"], &answered["account_type"]), (&json!("active"), &json!("premium")));
        assert_eq!(answered["contact_info"]["email"], "customerjohndoe123@example.com");
    }

    #[test]
    fn tiers_begin_above_their_limits() {
        let tiers = [10_000.0, 10_000.01, 50_000.0, 50_000.01].map(tier);
        assert_eq!(tiers, ["bronze", "silver", "silver", "gold"]);
    }

    #[test]
    fn urgent_tickets_are_quicker() {
        let mut arguments = json!({ "customer_id": "CUST67890", "subject": "s", "description": "d" });
        for (priority, time) in [
            ("low", "2-5 business days"),
            ("normal", "2-5 business days"),
            ("high", "24-48 hours"),
            ("urgent", "24-48 hours"),
        ] {
            arguments["priority"] = json!(priority);
            let answered = answer("create_support_ticket", &arguments, NOW, 7);
            assert_eq!(answered["estimated_resolution"], time);
            assert_eq!(answered["ticket_id"], "TICKET-000007");
        }
    }

    #[test]
    fn recent_customers_come_as_a_list() {
        let answered = answer("get_recent_customers", &json!({ "limit": 3 }), NOW, 0);
        let ids: Vec<_> = answered.as_array().unwrap().iter().map(|one| one["customer_id"].clone()).collect();
        assert_eq!(ids, ["CUST67890", "JOHNDOE123", "CUST00003"]);
        assert_eq!(answer("get_recent_customers", &json!({}), NOW, 0).as_array().unwrap().len(), 10);
    }
}
