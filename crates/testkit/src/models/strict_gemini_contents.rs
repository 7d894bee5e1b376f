//! What Gemini refuses of `contents`: roles, empty parts, and function responses that do not follow their calls.

use serde_json::Value;

use super::canonical::Refusal;
use super::strict_gemini::invalid;

/// The members of a part of which exactly one is set.
const ONEOF: [&str; 9] = [
    "text",
    "inlineData",
    "functionCall",
    "functionResponse",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

pub(crate) fn check_contents(model: &str, body: &Value) -> Result<(), Refusal> {
    let contents = body["contents"].as_array().map_or(&[][..], Vec::as_slice);
    if contents.is_empty() {
        return Err(invalid("* GenerateContentRequest.contents: contents is not specified\n"));
    }
    for (index, content) in contents.iter().enumerate() {
        check_content(index, content)?;
        let before = index.checked_sub(1).map(|index| &contents[index]);
        check_calls(content, before)?;
        check_responses(content, before)?;
    }
    check_end(model, contents)?;
    check_signatures(model, contents)
}

/// From Gemini 3.6 on, a request ends with the user's words or with results; what stands behind results in their own content is
/// taken for neither (so it was reported of many clients).
fn check_end(model: &str, contents: &[Value]) -> Result<(), Refusal> {
    let ends = |content: &Value| {
        let parts = content["parts"].as_array().map_or(&[][..], Vec::as_slice);
        let mut behind = parts.iter().skip_while(|part| !part["functionResponse"].is_object());
        content["role"] != "model" && behind.all(|part| part["functionResponse"].is_object())
    };
    if !is_strict_about_ends(model) || contents.last().is_some_and(ends) {
        return Ok(());
    }
    Err(invalid("Requests ending with a model turn are not supported."))
}

fn is_strict_about_ends(model: &str) -> bool {
    let Some(name) = model.strip_prefix("gemini-") else { return false };
    let mut numbers = name.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(3), Some(6)) || name.starts_with("3.5-flash-lite")
}

fn check_content(index: usize, content: &Value) -> Result<(), Refusal> {
    if !(content["role"].is_null() || content["role"] == "user" || content["role"] == "model") {
        return Err(invalid("Please use a valid role: user, model."));
    }
    let parts = content["parts"].as_array().map_or(&[][..], Vec::as_slice);
    let at = format!("* GenerateContentRequest.contents[{index}].parts");
    if parts.is_empty() {
        return Err(invalid(&format!("{at}: contents.parts must not be empty.\n")));
    }
    for (number, part) in parts.iter().enumerate() {
        let set: Vec<&str> = ONEOF.into_iter().filter(|name| !part[name].is_null()).collect();
        match set.as_slice() {
            [_] => {}
            [] if part["thoughtSignature"].is_string() => {}
            [] => {
                return Err(invalid(&format!(
                    "{at}[{number}].data: required oneof field 'data' must have one initialized field\n"
                )));
            }
            [_, second, ..] => {
                return Err(invalid(&format!(
                    "Invalid value at 'contents[{index}].parts[{number}]' (oneof), oneof field 'data' is already \
                     set. Cannot set '{second}'"
                )));
            }
        }
        check_name(&format!("{at}[{number}]"), part)?;
    }
    Ok(())
}

fn check_name(at: &str, part: &Value) -> Result<(), Refusal> {
    for (member, proto) in [("functionCall", "function_call"), ("functionResponse", "function_response")] {
        if part[member].is_object() && part[member]["name"].as_str().is_none_or(str::is_empty) {
            return Err(invalid(&format!("{at}.{proto}.name: Name cannot be empty.\n")));
        }
    }
    Ok(())
}

fn check_calls(content: &Value, before: Option<&Value>) -> Result<(), Refusal> {
    if count(content, "functionCall") == 0 || before.is_some_and(|before| before["role"] != "model") {
        return Ok(());
    }
    Err(invalid(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
    ))
}

/// Calls without any response are tolerated (so it was recorded); some of them answered are not.
fn check_responses(content: &Value, before: Option<&Value>) -> Result<(), Refusal> {
    let responses = count(content, "functionResponse");
    let calls = before.map_or(0, |before| count(before, "functionCall"));
    if responses == 0 || responses == calls {
        return Ok(());
    }
    Err(invalid(if calls == 0 {
        "Please ensure that function response turn comes immediately after a function call turn."
    } else {
        "Please ensure that the number of function response parts is equal to the number of function call parts of \
         the function call turn."
    }))
}

fn count(content: &Value, member: &str) -> usize {
    content["parts"].as_array().into_iter().flatten().filter(|part| part[member].is_object()).count()
}

/// From Gemini 3 on, the first call of each step since the user last spoke must carry the signature it came with.
fn check_signatures(model: &str, contents: &[Value]) -> Result<(), Refusal> {
    if !model.starts_with("gemini-3") {
        return Ok(());
    }
    let spoke = |content: &Value| content["role"] != "model" && count(content, "functionResponse") == 0;
    let since = contents.iter().rposition(spoke).unwrap_or(0);
    for (index, content) in contents.iter().enumerate().skip(since) {
        let mut parts = content["parts"].as_array().into_iter().flatten();
        let Some(part) = parts.find(|part| part["functionCall"].is_object()) else { continue };
        if part["thoughtSignature"].as_str().is_none_or(str::is_empty) {
            let name = part["functionCall"]["name"].as_str().unwrap_or_default();
            return Err(invalid(&format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
                 work correctly, and missing thought_signature may lead to degraded model performance. Additional \
                 data, function call `default_api:{name}` , position {}. Please refer to \
                 https://ai.google.dev/gemini-api/docs/thought-signatures for more details.",
                index + 1
            )));
        }
    }
    Ok(())
}
