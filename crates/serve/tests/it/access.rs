//! Who may use the server.

use serde_json::json;
use toolgate::Toolgate;
use toolgate_serve::{ServeError, Server};

use crate::{AUDIENCE, Bench, LOOK_UP, question};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_for_this_server_opens_it() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    let auth = config.serve.auth.as_mut().unwrap();
    auth.scopes = vec!["customer:read".to_owned()];
    auth.public_url = Some(AUDIENCE.to_owned());
    let mut server = bench.serve(config).await;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);

    let good = server.token.clone().unwrap();
    let for_mcp = bench.token(&bench.rig.mcp_url()).await;
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    for token in [None, Some("sk-1234".to_owned()), Some(for_mcp), Some(forged)] {
        server.token = token;
        let refused = server.post(&question(LOOK_UP)).await;
        assert_eq!(
            (refused.status, refused.code()),
            (401, "invalid_api_key".to_owned()),
            "{:?}",
            server.token
        );
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.contains("resource_metadata=\"https://llm.example.com/.well-known/"),
            "{challenge}"
        );
    }
    assert_eq!(bench.rig.mcp().controls().calls(), 1, "only the first question reached a tool");

    server.token = None;
    let metadata = server.get("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(metadata["resource"], AUDIENCE);
    assert_eq!(metadata["authorization_servers"], json!([bench.rig.issuer()]));
}

/// RFC 9728 section 3.1: the well-known path stands before that of the resource.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_path_the_metadata_is_where_clients_look_for_it() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.auth.as_mut().unwrap().public_url = Some("https://llm.example.com/api/llm".to_owned());
    let mut server = bench.serve(config).await;
    server.token = None;
    let refused = server.post(&question(LOOK_UP)).await;
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    let well_known = "/.well-known/oauth-protected-resource";
    let named = format!("resource_metadata=\"https://llm.example.com{well_known}/api/llm\"");
    assert!(challenge.contains(&named), "{challenge}");
    for path in ["/api/llm", ""] {
        let metadata = server.get(&format!("{well_known}{path}")).await.json();
        assert_eq!(metadata["resource"], "https://llm.example.com/api/llm", "{path}");
    }
    assert_eq!(server.get(&format!("{well_known}/api/other")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_is_missing_is_named() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.auth.as_mut().unwrap().scopes = vec!["llm:chat".to_owned()];
    let server = bench.serve(config).await;
    let refused = server.post(&question(LOOK_UP)).await;
    assert_eq!((refused.status, refused.code()), (403, "insufficient_scope".to_owned()), "{refused:?}");
    assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("llm:chat"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_algorithms_that_are_named_are_taken() {
    let bench = Bench::start().await;
    let with = |names: &[&str]| {
        let mut config = bench.config();
        config.audit.file.set_extension(names.concat()); // one writer to a file
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        config.serve.auth.as_mut().unwrap().algorithms = Some(names);
        config
    };
    let server = bench.serve(with(&["PS512"])).await;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 401);
    let server = bench.serve(with(&["RS256", "ES256", "EdDSA"])).await;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);
    for (names, says) in
        [(&["HS256"][..], "an algorithm under [serve.auth]"), (&[], "algorithms under [serve.auth]")]
    {
        let error = Server::bind(Toolgate::open(with(names)).unwrap()).await.map(drop).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_guards_does_not_start() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.auth = None;
    let bind = async |config| Server::bind(Toolgate::open(config).unwrap()).await.map(drop);
    assert!(matches!(bind(config.clone()).await, Err(ServeError::Unguarded)));
    config.serve.open_to_this_machine = true;
    config.serve.listen = ([0, 0, 0, 0], 0).into();
    assert!(matches!(bind(config.clone()).await, Err(ServeError::OpenToOthers { .. })));
    let mut both = bench.config();
    both.serve.open_to_this_machine = true;
    let refused = bind(both).await.unwrap_err().to_string();
    assert!(refused.contains("no effect beside [serve.auth]"), "{refused}");
    let mut clear = bench.config();
    clear.serve.listen = ([0, 0, 0, 0], 0).into();
    assert!(matches!(bind(clear).await, Err(ServeError::ClearText { .. })));
    let mut everybody = bench.config();
    everybody.serve.origins = vec!["*".to_owned()];
    let refused = bind(everybody).await.unwrap_err().to_string();
    assert!(
        refused.contains("an origin under [serve] is \"*\"; expected the origin of one page"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn open_to_this_machine_is_not_open_to_web_pages() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.auth = None;
    config.serve.open_to_this_machine = true;
    let mut server = bench.serve(config).await;
    server.token = None;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);
    let body = question(LOOK_UP).to_string();
    for (header, status) in [
        (("origin", "https://evil.example"), 403),
        (("host", "evil.example"), 403),
        (("content-type", "text/plain"), 415),
    ] {
        let refused = server.send("POST", "/v1/chat/completions", &body, &[header]).await;
        assert_eq!(refused.status, status, "{header:?} {refused:?}");
    }
    assert_eq!(bench.rig.mcp().controls().calls(), 1);
}

/// A browser asks before it shows a token, and hands an answer to a page only where that page is named.
#[tokio::test(flavor = "multi_thread")]
async fn only_pages_that_the_operator_names_may_use_it_from_a_browser() {
    let bench = Bench::start().await;
    let (ours, other) = (("origin", "app://obsidian.md"), ("origin", "app://obsidian.md.evil"));
    let asks =
        [("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
    for open in [false, true] {
        let mut config = bench.config();
        config.serve.open_to_this_machine = open;
        config.serve.auth = config.serve.auth.filter(|_| !open);
        config.serve.origins = vec![ours.1.to_owned()];
        let mut server = bench.serve(config).await;
        let token = std::mem::take(&mut server.token);
        let path = "/v1/chat/completions";
        let told = server.send("OPTIONS", path, "", &[ours, asks[0], asks[1]]).await;
        assert_eq!(
            (told.status, &told.headers["access-control-allow-origin"]),
            (200, &ours.1.parse().unwrap())
        );
        assert_eq!(told.headers["access-control-allow-headers"], "authorization");
        let told = server.send("OPTIONS", path, "", &[other, asks[0], asks[1]]).await;
        assert!(!told.headers.contains_key("access-control-allow-origin"), "{told:?}");
        // Without a token, or from another page where none is asked for, nothing is answered; the page may read why.
        let page = if open { other } else { ours };
        let refused = server.send("POST", path, &question(LOOK_UP).to_string(), &[page]).await;
        assert_eq!(refused.status, if open { 403 } else { 401 }, "{refused:?}");
        assert_eq!(refused.headers.contains_key("access-control-allow-origin"), !open);
        server.token = token.filter(|_| !open);
        let answer = server.send("POST", path, &question(LOOK_UP).to_string(), &[ours]).await;
        assert_eq!(
            (answer.status, &answer.headers["access-control-allow-origin"]),
            (200, &ours.1.parse().unwrap())
        );
        let both = server.send("POST", path, &question(LOOK_UP).to_string(), &[ours, other]).await;
        assert!(!open || both.status == 403, "{both:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_told_to_whom_the_metrics_are() {
    let bench = Bench::start().await;
    let mut server = bench.serve(bench.config()).await;
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 200);
    let known = server.get("/health").await;
    assert_eq!((known.status, &known.json()["status"]), (200, &"ok".into()), "{known:?}");
    assert_eq!(known.json()["known"]["servers"]["mcp"]["failure"], serde_json::Value::Null);
    server.token = None;
    assert_eq!(server.get("/health").await.status, 401);
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_that_tells_something_asks_for_a_token() {
    let bench = Bench::start().await;
    let mut server = bench.serve(bench.config()).await;
    let paths = ["/v1/models", "/v1/models/openai/gpt-rig", "/metrics", "/health"];
    for path in paths {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    server.token = None;
    for path in paths {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    assert_eq!(server.get("/.well-known/oauth-protected-resource").await.status, 404, "no public_url is set");
    assert_eq!(server.get("/v1/nothing").await.code(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_metrics_open_the_metrics_and_nothing_else() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.serve.open_metrics = true;
    let mut server = bench.serve(config).await;
    server.token = None;
    for (path, status) in [("/metrics", 200), ("/health", 200), ("/v1/models", 401), ("/v1/models/a/b", 401)]
    {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    assert_eq!(server.post(&question(LOOK_UP)).await.status, 401);
}
