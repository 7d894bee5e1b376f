//! A record as an OpenTelemetry log record in OTLP/JSON (opentelemetry-proto 1.x, JSON Protobuf encoding: 64-bit
//! integers are strings, field names are in lowerCamelCase).

use serde_json::{Value, json};

use crate::{AuditError, Entry, OutcomeKind, Record, Verdict};

/// Severity numbers of the OpenTelemetry logs data model.
const INFO: u8 = 9;
const WARN: u8 = 13;

impl Record {
    /// One line that holds one `LogsData` message, as the OTLP file exporter writes and collectors read it.
    ///
    /// # Errors
    /// [`AuditError::Time`] when the record's time is none, which no record that this crate wrote has.
    pub fn to_otlp_json(&self) -> Result<String, AuditError> {
        let time: jiff::Timestamp = self.time.parse().map_err(|_| AuditError::Time(self.time.clone()))?;
        let (name, severity) = match &self.entry {
            Entry::Decision(decision) if decision.verdict == Verdict::Denied => ("toolgate.decision", WARN),
            Entry::Decision(_) => ("toolgate.decision", INFO),
            Entry::Outcome(outcome) if outcome.outcome == OutcomeKind::Succeeded => {
                ("toolgate.outcome", INFO)
            }
            Entry::Outcome(_) => ("toolgate.outcome", WARN),
            Entry::Checkpoint(_) => ("toolgate.checkpoint", INFO),
        };
        let mut attributes = vec![attribute("toolgate.seq", &self.seq.into())];
        // Strings, numbers and lists of them: serialising cannot fail.
        flatten("toolgate", &serde_json::to_value(&self.entry).unwrap_or_default(), &mut attributes);
        let record = json!({
            "timeUnixNano": time.as_nanosecond().to_string(), "severityNumber": severity,
            "severityText": if severity == WARN { "WARN" } else { "INFO" },
            "eventName": name, "body": {"stringValue": name}, "attributes": attributes,
        });
        let scope = json!({"scope": {"name": env!("CARGO_PKG_NAME")}, "logRecords": [record]});
        let service = attribute("service.name", &"toolgate".into());
        let resource = json!({"resource": {"attributes": [service]}, "scopeLogs": [scope]});
        Ok(json!({ "resourceLogs": [resource] }).to_string())
    }
}

fn flatten(name: &str, value: &Value, attributes: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), value, attributes);
            }
        }
        value => attributes.push(attribute(name, value)),
    }
}

fn attribute(name: &str, value: &Value) -> Value {
    json!({"key": name, "value": any_value(value)})
}

fn any_value(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(values) => {
            json!({"arrayValue": {"values": values.iter().map(any_value).collect::<Vec<_>>()}})
        }
        other => json!({ "intValue": other.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use crate::{Decision, Digest, Entry, Outcome, OutcomeKind, Record, Verdict};

    /// What somebody should look at stands out.
    #[test]
    fn a_call_that_did_not_succeed_is_a_warning() {
        for (kind, severity) in [
            (OutcomeKind::Succeeded, "INFO"),
            (OutcomeKind::ToolError, "WARN"),
            (OutcomeKind::Failed, "WARN"),
            (OutcomeKind::Unknown, "WARN"),
        ] {
            let entry = Entry::Outcome(Outcome::new("r1", "put", kind, Duration::ZERO));
            let record = Record { seq: 1, time: "2026-11-24T10:00:00Z".to_owned(), entry };
            let told = record.to_otlp_json().unwrap();
            assert!(told.contains(&format!(r#""severityText":"{severity}""#)), "{told}");
        }
    }

    #[test]
    fn a_denial_is_a_warning_with_its_fields_as_attributes() {
        let mut decision = Decision::new("r1", "drop", Verdict::Denied, "none", Digest::of(b"{}"));
        decision.scopes_needed = vec!["a:b".into()];
        let time = "2026-11-24T10:00:00.000001Z".to_owned();
        let line =
            Record { seq: 7, time, entry: Entry::Decision(decision) }.to_otlp_json().unwrap_or_default();
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        let record = told.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").cloned().unwrap_or_default();
        assert_eq!(record.get("timeUnixNano"), Some(&"1795514400000001000".into()), "{line}");
        assert_eq!(record.get("severityText"), Some(&"WARN".into()));
        for part in [
            r#"{"key":"toolgate.seq","value":{"intValue":"7"}}"#,
            r#"{"key":"toolgate.arguments.bytes","value":{"intValue":"2"}}"#,
            r#"{"key":"toolgate.scopes_needed","value":{"arrayValue":{"values":[{"stringValue":"a:b"}]}}}"#,
        ] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
}
