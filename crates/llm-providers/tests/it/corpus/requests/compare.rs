//! Where two JSON values differ. Numbers are compared by their value: `1` and `1.0` are one temperature.

use serde_json::Value;

/// The paths that differ, with what stands there.
pub(crate) fn differences(recorded: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(recorded, ours, "", &mut found);
    found
}

fn walk(recorded: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                let other = right.get(name).unwrap_or(&Value::Null);
                match right.contains_key(name) {
                    true => walk(value, other, &format!("{path}.{name}"), found),
                    false => found.push(format!("{path}.{name} recorded {}, ours has none", cut(value))),
                }
            }
            for (name, value) in right.iter().filter(|(name, _)| !left.contains_key(*name)) {
                found.push(format!("{path}.{name} ours {}, recorded has none", cut(value)));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (place, (left, right)) in left.iter().zip(right).enumerate() {
                walk(left, right, &format!("{path}[{place}]"), found);
            }
        }
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => {}
        (left, right) if left == right => {}
        (left, right) => found.push(format!("{path} recorded {}, ours {}", cut(left), cut(right))),
    }
}

fn cut(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[test]
fn every_difference_is_found_and_no_other() {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let left = value(r#"{"a":1,"b":[1,{"c":"x"}],"d":null,"e":[1]}"#);
    assert!(differences(&left, &value(r#"{"b":[1.0,{"c":"x"}],"a":1.0,"d":null,"e":[1]}"#)).is_empty());
    let found = differences(&left, &value(r#"{"a":"1","b":[1,{"c":"y"}],"e":[1,2],"f":0}"#));
    let paths: Vec<&str> = found.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(paths, [".a", ".b[1].c", ".d", ".e", ".f"]);
}
