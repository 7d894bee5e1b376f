//! Members that only one provider knows, added to the body of its requests.
//!
//! Objects are merged member by member. Nothing that is there is replaced: a setting that is said twice would hide
//! which one counts.

use super::lenient::Members;

/// `body` with the members of `extra`, in their order, after its own; or the path of one that is there already.
pub(super) fn splice(body: &str, extra: &str) -> Result<String, String> {
    let read = |json| serde_json::from_str::<Members<'_>>(json).map_err(|_| "an object".to_owned());
    let (Members(own), Members(more)) = (read(body)?, read(extra)?);
    let mut members: Vec<(String, String)> =
        own.iter().map(|(name, value)| (name.to_string(), value.get().to_owned())).collect();
    for (name, value) in more {
        match members.iter_mut().find(|(known, _)| *known == name) {
            None => members.push((name.into_owned(), value.get().to_owned())),
            Some((_, before)) if is_object(before) && is_object(value.get()) => {
                *before = splice(before, value.get()).map_err(|path| format!("{name}.{path}"))?;
            }
            Some(_) => return Err(name.into_owned()),
        }
    }
    Ok(object(&members))
}

/// Whether `extra` itself, and not something in it, has a member of this name.
pub(super) fn says(extra: &str, name: &str) -> bool {
    let members = serde_json::from_str::<Members<'_>>(extra).unwrap_or_default();
    members.0.iter().any(|(known, _)| known == name)
}

fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

/// Members as an object's JSON text.
pub(super) fn object(members: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let mut json = String::from("{");
    for (place, (name, value)) in members.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str(&serde_json::to_string(name.as_ref()).unwrap_or_default());
        json.push(':');
        json.push_str(value.as_ref());
    }
    json.push('}');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_and_none_is_replaced() {
        assert_eq!(splice(r#"{"a":1.10}"#, r#"{"b":[1]}"#).unwrap(), r#"{"a":1.10,"b":[1]}"#);
        assert_eq!(splice(r#"{"a":{"x":1}}"#, r#"{"a":{"y":2}}"#).unwrap(), r#"{"a":{"x":1,"y":2}}"#);
        assert_eq!(splice(r#"{"a":{"x":1}}"#, r#"{"a":{"x":2}}"#).unwrap_err(), "a.x");
        assert_eq!(splice(r#"{"a":1}"#, r#"{"a":1}"#).unwrap_err(), "a");
        assert_eq!(splice("{}", "{}").unwrap(), "{}");
    }

    #[test]
    fn only_a_member_of_its_own_is_said() {
        assert!(says(r#"{"b":1,"a":null}"#, "a"));
        assert!(!says(r#"{"b":{"a":1},"c":"a"}"#, "a"));
    }
}
