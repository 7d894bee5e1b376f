//! Servers of one's own, which run on this machine unless they are moved, and want a key only if they have one.

use super::quirks::{LLAMA_CPP, LM_STUDIO};
use crate::Dialect::{OllamaChat, OpenAiChat};
use crate::Quirk::{ClaudeCacheMarks, OneSystem, Reasoning, ReasoningContent, TopPBelowOne, UnsignedSeed};
use crate::catalogue::Authentication::BearerIfGiven;
use crate::catalogue::provider::Row;

/// By id, in the order of its bytes.
pub(super) const ROWS: &[Row] = &[
    ("aphrodite", "http://localhost:2242/v1", OpenAiChat, BearerIfGiven, &[]),
    ("docker_model_runner", "http://localhost:12434/engines/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("gpt4all", "http://localhost:4891/v1", OpenAiChat, BearerIfGiven, &[]),
    ("jan", "http://localhost:1337/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("koboldcpp", "http://localhost:5001/v1", OpenAiChat, BearerIfGiven, &[]),
    ("lemonade", "http://localhost:13305/api/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("litellm_proxy", "http://localhost:4000/v1", OpenAiChat, BearerIfGiven, &[ClaudeCacheMarks]),
    ("llamacpp", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("llamafile", "http://127.0.0.1:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("lmdeploy", "http://localhost:23333/v1", OpenAiChat, BearerIfGiven, &[]),
    ("lmstudio", "http://localhost:1234/v1", OpenAiChat, BearerIfGiven, LM_STUDIO),
    ("localai", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, &[]),
    ("mistralrs", "http://localhost:1234/v1", OpenAiChat, BearerIfGiven, &[]),
    ("mlx_lm", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, &[OneSystem]),
    ("ollama", "http://localhost:11434", OllamaChat, BearerIfGiven, &[]),
    ("oobabooga", "http://localhost:5000/v1", OpenAiChat, BearerIfGiven, &[]),
    ("ragflow", "http://localhost:9380/api/v1/chats_openai/{chat_id}", OpenAiChat, BearerIfGiven, &[]),
    ("ramalama", "http://localhost:8080/v1", OpenAiChat, BearerIfGiven, LLAMA_CPP),
    ("sglang", "http://localhost:30000/v1", OpenAiChat, BearerIfGiven, &[ReasoningContent, OneSystem]),
    ("tabbyapi", "http://localhost:5000/v1", OpenAiChat, BearerIfGiven, &[]),
    (
        "text_generation_inference",
        "http://localhost:3000/v1",
        OpenAiChat,
        BearerIfGiven,
        &[TopPBelowOne, UnsignedSeed],
    ),
    ("vllm", "http://localhost:8000/v1", OpenAiChat, BearerIfGiven, &[Reasoning, OneSystem]),
    ("xinference", "http://localhost:9997/v1", OpenAiChat, BearerIfGiven, &[]),
];
