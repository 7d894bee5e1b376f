//! Whole answers.

use serde_json::json;
use toolgate::audit::{Entry, Filter};
use toolgate_testkit::models::Dialect;

use crate::{Bench, LOOK_UP, Running, question};

#[tokio::test(flavor = "multi_thread")]
async fn tools_run_behind_the_gate_and_the_client_sees_the_answer() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let answer = server.post(&question(LOOK_UP)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    let choice = &told["choices"][0];
    assert!(
        choice["message"]["content"].as_str().unwrap().contains("customerjohndoe123@example.com"),
        "{told}"
    );
    assert_eq!((&choice["finish_reason"], &told["object"]), (&"stop".into(), &"chat.completion".into()));
    assert_eq!(told["toolgate"]["tool_calls"], json!([{"tool": "get_customer_info", "allowed": true}]));
    assert!(told["usage"]["total_tokens"].as_u64().unwrap() > 0, "{told}");
    assert_eq!(bench.rig.mcp().controls().calls(), 1);

    let denied = server.post(&question("Drop all tables.")).await.json();
    let call = &denied["toolgate"]["tool_calls"][0];
    assert_eq!((&call["tool"], &call["allowed"]), (&"drop_all_tables".into(), &false.into()), "{denied}");
    assert_eq!(bench.rig.mcp().controls().calls(), 1, "what is denied is not sent");
    let report = toolgate::audit::verify(bench.folder.path().join("audit.jsonl")).unwrap();
    assert_eq!((report.is_intact(), report.allowed, report.denied), (true, 1, 1));

    // Each decision names who asked, as the token says and not as the request does.
    let records = toolgate::audit::read(bench.folder.path().join("audit.jsonl"), Filter::new()).unwrap();
    let callers: Vec<_> = records
        .filter_map(|record| match record.unwrap().entry {
            Entry::Decision(decision) => Some(decision.caller.unwrap().to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(callers, ["openai-mcp-client", "openai-mcp-client"]);
}

/// A server with a model of each of two dialects.
async fn two_models(bench: &Bench) -> Running {
    let mut config = bench.config();
    config.serve.models = [("gpt-4o", "openai/gpt-rig"), ("opus", "anthropic/claude-rig")]
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .into();
    bench.serve(config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_tools_of_its_own_runs_them_itself() {
    let bench = Bench::start().await;
    let server = two_models(&bench).await;
    let mut read = 0;
    for model in ["gpt-4o", "opus"] {
        let tools = json!([{"type": "function", "function": {"name": "get_customer_info", "description": "d",
            "parameters": {"type": "object", "properties": {"customer_id": {"type": "string"}}}}}]);
        let mut body =
            json!({"model": model, "tools": tools, "messages": [{"role": "user", "content": LOOK_UP}]});
        let first = server.post(&body).await.json();
        let choice = first["choices"][0].clone();
        assert_eq!(choice["finish_reason"], "tool_calls", "{first}");
        assert_eq!(choice["message"]["tool_calls"][0]["function"]["name"], "get_customer_info");
        assert_eq!(bench.rig.mcp().controls().requests(), 0, "the client's tool is not a server's");

        let id = choice["message"]["tool_calls"][0]["id"].clone();
        let result = json!({"customer_id": "JOHNDOE123", "name": "Own", "status": "dormant",
            "account_type": "own", "contact_info": {"email": "own@example.com"}});
        let messages = body["messages"].as_array_mut().unwrap();
        messages.push(choice["message"].clone());
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": result.to_string()}));
        let second = server.post(&body).await.json();
        read += [&first, &second]
            .map(|answer| answer["usage"]["prompt_tokens"].as_u64().unwrap())
            .iter()
            .sum::<u64>();
        let said = second["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        assert!(said.contains("dormant") && said.contains("own@example.com"), "{second}");
    }
    let counted = format!("toolgate_model_tokens_total{{direction=\"input\"}} {read}\n");
    assert!(
        read > 0 && server.get("/metrics").await.text.contains(&counted),
        "what it costs is seen: {counted}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_clients_tools_the_model_sees_those_that_are_allowed() {
    let bench = Bench::start().await;
    let server = two_models(&bench).await;
    let function = |name| json!({"type": "function", "function": {"name": name}});
    let ask = |brought: &[&'static str], allowed: &[&'static str]| {
        let [brought, allowed] = [brought, allowed].map(|names| names.iter().copied().map(function));
        let (brought, allowed) = (brought.collect::<Vec<_>>(), allowed.collect::<Vec<_>>());
        json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], "tools": brought,
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": allowed}}})
    };
    let answer = server.post(&ask(&["look", "listen", "wait"], &["wait", "look"])).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let bodies = bench.rig.models().controls().bodies(Dialect::OpenAi);
    let offered = bodies[0]["tools"].as_array().unwrap().iter();
    let offered: Vec<&str> = offered.map(|tool| tool["function"]["name"].as_str().unwrap()).collect();
    assert_eq!((offered, &bodies[0]["tool_choice"]), (vec!["look", "wait"], &json!("auto")));

    // With nothing allowed, none of the servers' tools may stand in for them.
    for (brought, allowed) in [(&["look"][..], &[][..]), (&[], &[]), (&[], &["get_customer_info"])] {
        let answer = server.post(&ask(brought, allowed)).await;
        assert_eq!((answer.status, &answer.json()["error"]["param"]), (400, &json!("tool_choice")));
    }
    assert_eq!(bench.rig.models().controls().requests(Dialect::OpenAi), 1);
}

/// A model may say nothing, as one whose thoughts took all of its tokens; its answer comes back with the next question.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_after_an_answer_without_a_word() {
    let bench = Bench::start().await;
    let server = two_models(&bench).await;
    for model in ["gpt-4o", "opus"] {
        let answer = server
            .post(&json!({"model": model, "messages": [{"role": "user", "content": "hm"},
                {"role": "assistant", "content": "", "refusal": null}, {"role": "user", "content": LOOK_UP}]}))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_models_on_offer_can_be_asked() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let listed = server.get("/v1/models").await.json();
    assert_eq!(listed["data"][0]["id"], "openai/gpt-rig", "{listed}");
    assert_eq!(
        listed["data"].as_array().unwrap().len(),
        1,
        "another keyed provider is not on offer: {listed}"
    );
    assert_eq!(server.get("/v1/models/openai/gpt-rig").await.json()["owned_by"], "openai");
    assert_eq!(server.get("/v1/models/other").await.code(), "model_not_found");
    let mut other = question("hi");
    other["model"] = "anthropic/claude-rig".into();
    let refused = server.post(&other).await;
    assert_eq!((refused.status, refused.code()), (404, "model_not_found".to_owned()));
    assert_eq!(bench.rig.models().controls().requests(Dialect::Anthropic), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_behind_the_server_is_told_in_the_apis_words() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    let controls = bench.rig.models().controls();
    for (status, told, code) in
        [(429, 429, "rate_limit_exceeded"), (401, 502, "provider_error"), (500, 502, "provider_error")]
    {
        controls.fail_next(Dialect::OpenAi, 1, status);
        let answer = server.post(&question("hello")).await;
        assert_eq!((answer.status, answer.code()), (told, code.to_owned()), "{answer:?}");
        assert!(answer.headers.get("x-should-retry").is_none(), "nothing ran: it may be tried again");
        // What a provider says of an account, a key or a model's name is the operator's.
        assert!(!answer.text.contains("sk-openai-rig") && !answer.text.contains("openai:"), "{answer:?}");
    }
    // A round with a tool, and then a failure: a client that repeats by itself would run the tool again.
    let asked = server.post(&question("Check customer CUST67890 without ever stopping.")).await;
    assert_eq!((asked.status, asked.code()), (400, "limit_reached".to_owned()), "{asked:?}");
    assert_eq!(asked.headers["x-should-retry"], "false");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_health_are_there() {
    let bench = Bench::start().await;
    let mut server = bench.serve(bench.config()).await;
    server.post(&question(LOOK_UP)).await;
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert!(
        metrics.text.contains("toolgate_decisions_total{rule=\"get_customer_info\",verdict=\"allowed\"} 1")
    );
    server.token = None;
    assert_eq!(server.get("/metrics").await.status, 401);
    assert_eq!(server.get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(server.get("/v1/nothing").await.status, 404);
}

/// Some models refuse calls that come back without what was thought before them.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_thought_goes_back_to_it() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.models = [("thinker".to_owned(), "ollama/ollama-rig".to_owned())].into();
    let server = bench.serve(config).await;
    let mut body = question("And now?");
    body["model"] = "thinker".into();
    let said = json!({"role": "assistant", "content": "Yes.", "reasoning_content": "Is it so? It is."});
    body["messages"].as_array_mut().unwrap().insert(0, said);
    assert_eq!(server.post(&body).await.status, 200);
    let sent = bench.rig.models().controls().bodies(Dialect::Ollama);
    assert_eq!(sent[0]["messages"][0]["thinking"], "Is it so? It is.", "{sent:?}");
}
