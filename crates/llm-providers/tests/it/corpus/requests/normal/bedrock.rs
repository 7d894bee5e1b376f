//! Bedrock Converse.

use serde_json::Value;

use super::{drop_default, drop_empty, each, merge_turns, schema};

pub(super) fn normal(body: &mut Value) {
    for tool in each(&mut body["toolConfig"], "tools").filter(|tool| tool["toolSpec"].is_object()) {
        let spec = &mut tool["toolSpec"];
        drop_empty(spec, "description");
        drop_default(spec, "strict", false);
        schema(&mut spec["inputSchema"], "json");
    }
    if body["toolConfig"].is_null() {
        super::remove(body, "toolConfig");
    }
    for turn in each(body, "messages") {
        for block in each(turn, "content").filter(|block| block["toolResult"].is_object()) {
            drop_default(&mut block["toolResult"], "status", "success");
        }
    }
    merge_turns(body, "messages", "content");
    for name in ["system", "inferenceConfig"] {
        drop_empty(body, name);
    }
}
