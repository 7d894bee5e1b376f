//! Numbers that one provider takes and another refuses: the nearest is sent, or none, and told.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatOptions, ChatRequest, Message, ReasoningEffort};

use crate::sample::{encode, losses};

fn sent(id: &str, model: &str, options: ChatOptions, place: &str) -> (Value, Vec<String>) {
    let encoded =
        encode(id, model, &ChatRequest::new(vec![Message::user("u")]).with_options(options)).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let lost = losses(&encoded).into_iter().map(str::to_owned).collect();
    (body.pointer(place).cloned().unwrap_or_default(), lost)
}

/// "temperature: range: 0..1", "限制数值范围[0,1]", "Input should be less than or equal to 1.5".
#[test]
fn a_temperature_that_is_too_high_is_the_highest_that_is_taken() {
    for (id, model, place, most) in [
        ("anthropic", "claude-haiku-4-5", "/temperature", 1.0),
        ("azure_anthropic", "claude-haiku-4-5", "/temperature", 1.0),
        (
            "bedrock_anthropic",
            "arn:aws:bedrock:eu-west-1:1:application-inference-profile/a",
            "/temperature",
            1.0,
        ),
        ("vertex_ai_anthropic", "claude-haiku-4-5", "/temperature", 1.0),
        ("bedrock", "us.meta.llama4-scout-17b-instruct-v1:0", "/inferenceConfig/temperature", 1.0),
        ("databricks", "databricks-claude-haiku-4-5", "/temperature", 1.0),
        ("zai", "glm-4.6", "/temperature", 1.0),
        ("zai_anthropic", "glm-4.6", "/temperature", 1.0),
        ("bigmodel", "glm-5.2", "/temperature", 1.0),
        ("minimax", "MiniMax-M3", "/temperature", 1.0),
        ("minimax_anthropic", "MiniMax-M2", "/temperature", 1.0),
        ("mistral", "mistral-medium-3-5", "/temperature", 1.5),
        ("qwencloud", "qwen-plus", "/temperature", 1.99),
    ] {
        let at = |temperature| sent(id, model, ChatOptions::default().with_temperature(temperature), place);
        assert_eq!(at(2.0), (json!(most), vec!["options.temperature".to_owned()]), "{id}");
        assert_eq!(at(most), (json!(most), Vec::new()), "{id}");
        assert_eq!(at(0.3), (json!(0.3), Vec::new()), "{id}");
    }
    for (id, model) in [("openai", "gpt-4.1"), ("deepseek_anthropic", "deepseek-chat"), ("together", "m")] {
        let hot = sent(id, model, ChatOptions::default().with_temperature(2.0), "/temperature");
        assert_eq!(hot, (json!(2.0), Vec::new()), "{id}");
    }
}

/// `seed`, "minimum: 0" (Text Generation Inference); "ensure this value is greater than or equal to 0" (DeepInfra).
#[test]
fn a_seed_below_zero_is_left_out_where_it_is_refused() {
    for (id, place) in [
        ("text_generation_inference", "/seed"),
        ("huggingface_endpoints", "/seed"),
        ("deepinfra", "/seed"),
        ("mistral", "/random_seed"),
    ] {
        let at = |seed| sent(id, "m", ChatOptions::default().with_seed(seed), place);
        assert_eq!(at(-1), (Value::Null, vec!["options.seed".to_owned()]), "{id}");
        assert_eq!(at(7), (json!(7), Vec::new()), "{id}");
    }
    assert_eq!(
        sent("openai", "gpt-4.1", ChatOptions::default().with_seed(-1), "/seed"),
        (json!(-1), Vec::new())
    );
}

/// "invalid temperature: only 1 is allowed for this model", and of one that is told not to think, "only 0.6".
#[test]
fn a_kimi_has_one_temperature_and_may_be_told_it_while_it_thinks() {
    let lost = vec!["options.temperature".to_owned()];
    let thinking = ChatOptions::default();
    let not = ChatOptions::default().with_reasoning_effort(ReasoningEffort::None);
    for (id, model, options, temperature, expected) in [
        ("moonshot", "kimi-k2.6", &thinking, 0.6, (Value::Null, &lost)),
        ("moonshot", "kimi-k2.6", &thinking, 1.0, (json!(1.0), &Vec::new())),
        ("moonshot", "kimi-k2.6", &not, 1.0, (Value::Null, &lost)),
        ("kimi_coding", "kimi-for-coding", &thinking, 0.6, (Value::Null, &lost)),
        ("kimi_coding", "k3", &thinking, 0.6, (Value::Null, &lost)),
        ("kimi_coding", "k3", &thinking, 1.0, (json!(1.0), &Vec::new())),
    ] {
        let (found, told) = sent(id, model, options.clone().with_temperature(temperature), "/temperature");
        assert_eq!((found, &told), expected, "{id}/{model} {temperature}");
    }
}
