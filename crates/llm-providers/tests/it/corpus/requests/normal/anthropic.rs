//! Anthropic messages.

use serde_json::Value;

use super::{as_parts, drop_default, drop_empty, each, merge_turns, schema};

pub(super) fn normal(body: &mut Value) {
    as_parts(body, "system");
    drop_empty(body, "system");
    if let Some(thinking) = body.get_mut("thinking") {
        drop_default(thinking, "display", "summarized");
    }
    each(body, "system").for_each(block);
    for tool in each(body, "tools") {
        drop_default(tool, "type", "custom");
        drop_default(tool, "strict", false);
        drop_empty(tool, "description");
        if tool.get("type").is_none() {
            schema(tool, "input_schema");
        }
        cache_mark(tool);
    }
    if let Some(choice) = body.get_mut("tool_choice") {
        drop_default(choice, "disable_parallel_tool_use", false);
    }
    for turn in each(body, "messages") {
        as_parts(turn, "content");
        each(turn, "content").for_each(block);
    }
    merge_turns(body, "messages", "content");
}

fn block(block: &mut Value) {
    cache_mark(block);
    match block["type"].as_str() {
        Some("tool_result") => {
            as_parts(block, "content");
            drop_default(block, "is_error", false);
            each(block, "content").for_each(cache_mark);
        }
        Some("document") => {
            if let Some(citations) = block.get_mut("citations") {
                drop_default(citations, "enabled", false);
            }
            drop_empty(block, "citations");
        }
        _ => {}
    }
}

fn cache_mark(block: &mut Value) {
    if let Some(mark) = block.get_mut("cache_control") {
        drop_default(mark, "ttl", "5m");
    }
}
