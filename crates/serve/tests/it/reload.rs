//! Another configuration under a running server, and what it leaves behind when it stops.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde_json::json;
use toolgate::{Config, Policy, Toolgate};
use toolgate_serve::{ServeError, Server};
use toolgate_testkit::LeafKind;

use crate::{Answer, Bench, LOOK_UP, Running, question};

fn offering(mut config: Config, name: &str) -> Config {
    config.serve.models = BTreeMap::from([(name.to_owned(), "anthropic/claude-rig".to_owned())]);
    config
}

async fn asked(server: &Running, model: &str) -> Answer {
    server.post(&json!({"model": model, "messages": [{"role": "user", "content": LOOK_UP}]})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_over_a_reload_and_the_next_one_meets_the_new_offer() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(2));
    let question = question(LOOK_UP);
    let reloading = async {
        while bench.rig.mcp().controls().calls() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.reloader.reload(offering(bench.config(), "careful")).await.unwrap();
    };
    let (answer, ()) = tokio::join!(server.post(&question), reloading);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(asked(&server, "careful").await.status, 200, "over the same connection");
    assert_eq!(asked(&server, "openai/gpt-rig").await.code(), "model_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_come_in_changes_at_once() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    assert_eq!(asked(&server, "openai/gpt-rig").await.status, 200);
    let mut config = bench.config();
    config.serve.auth.as_mut().unwrap().audience = "https://another.example.com".to_owned();
    server.reloader.reload(config).await.unwrap();
    assert_eq!(asked(&server, "openai/gpt-rig").await.status, 401, "on the connection that stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_changes_nothing() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    type Change = fn(&mut Config);
    let changes: [(&str, Change); 6] = [
        ("listen under [serve] cannot change", |config| config.serve.listen = ([127, 0, 0, 1], 1).into()),
        ("concurrency under [serve] cannot change", |config| config.serve.concurrency = 1),
        ("[audit] cannot change", |config| config.audit.contents = true),
        ("[serve.auth]", |config| config.serve.auth = None),
        ("certificate and key together", |config| config.serve.key = Some("missing".into())),
        ("no_such_provider", |config| {
            config.serve.models.insert("fast".to_owned(), "no_such_provider/m".to_owned());
        }),
    ];
    for (says, change) in changes {
        let mut config = offering(bench.config(), "careful");
        config.policy = Policy::deny_all();
        change(&mut config);
        let refused: ServeError = server.reloader.reload(config).await.unwrap_err();
        assert!(refused.to_string().contains(says), "{says}: {refused}");
    }
    let answer = asked(&server, "openai/gpt-rig").await;
    assert_eq!(answer.json()["toolgate"]["tool_calls"][0]["allowed"], true, "{answer:?}");
}

/// Each of them checks, reads files and puts several things in place: side by side, they could leave the tools of one with
/// the models of the other.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_reloads_at_once_the_later_one_holds_whole() {
    let bench = Bench::start().await;
    let server = bench.serve(bench.config()).await;
    // A lockfile that a shell hands over, and of which only the beginning is there yet.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut first = offering(bench.config(), "first");
    first.tools.lock = Some(format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader)).into());
    let mut second = offering(bench.config(), "second");
    second.policy = Policy::deny_all();

    let reloading = |config| {
        let reloader = server.reloader.clone();
        tokio::spawn(async move { reloader.reload(config).await })
    };
    let first = reloading(first);
    // More than a pipe holds: when it is written, the first one is under way.
    let writing = tokio::task::spawn_blocking(move || {
        writer.write_all(&[b' '; 200_000]).unwrap();
        writer
    });
    let mut writer = writing.await.unwrap();
    let second = reloading(second);
    tokio::time::sleep(Duration::from_millis(100)).await;
    writer.write_all(b"{\"version\": 1, \"servers\": {}}").unwrap();
    drop(writer);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(asked(&server, "first").await.code(), "model_not_found");
    let answer = asked(&server, "second").await;
    assert_eq!(answer.json()["toolgate"]["tool_calls"][0]["allowed"], false, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_certificate_is_shown_on_new_connections() {
    let bench = Bench::start().await;
    let file = |name: &str, text: &str| {
        let path = bench.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let expired = bench.rig.ca().leaf(LeafKind::Expired);
    let mut config = bench.config();
    config.serve.certificate = Some(file("server.pem", expired.cert_pem()));
    config.serve.key = Some(file("server.key", expired.key_pem()));
    let server = bench.serve(config.clone()).await;
    let health = || http::Request::get(format!("{}/healthz", server.url)).body(bytes::Bytes::new()).unwrap();
    assert!(server.http.send(health()).await.is_err());
    file("server.pem", bench.rig.ca().localhost().cert_pem());
    file("server.key", bench.rig.ca().localhost().key_pem());
    server.reloader.reload(config).await.unwrap();
    assert_eq!(server.http.send(health()).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_gives_its_token_back_and_leaves_a_whole_record() {
    let bench = Bench::start().await;
    let mut config = bench.config();
    config.oauth.revoke_on_close = true;
    config.oauth.revocation_url = Some(bench.rig.oauth().revocation_url());
    config.serve.shutdown_seconds = 0;
    config.audit.durable = toolgate::Durable::Batch;
    bench.rig.mcp().controls().set_delay("get_customer_info", Duration::from_secs(20));
    let mut server = bench.serve(config.clone()).await;
    let stop = server.stop.take().unwrap();
    let token = server.token.clone().unwrap();
    let stopping = async {
        while bench.rig.mcp().controls().calls() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send(()).unwrap();
    };
    let asked = async |streamed: bool| {
        let mut asked = question(LOOK_UP);
        asked["stream"] = streamed.into();
        let request = http::Request::post(format!("{}/v1/chat/completions", server.url))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        let (head, body) =
            server.http.send(request.body(asked.to_string().into()).unwrap()).await.unwrap().into_parts();
        (head, String::from_utf8(body.bytes().await.unwrap().to_vec()).unwrap())
    };
    let ((head, told), (_, streamed), ()) = tokio::join!(asked(false), asked(true), stopping);
    // Nothing was left of shutdown_seconds, and OpenAI's clients must not run the tool again by themselves.
    assert_eq!((head.status.as_u16(), &head.headers["x-should-retry"]), (400, &"false".parse().unwrap()));
    for told in [told, streamed] {
        assert!(told.contains("\"code\":\"shutting_down\""), "{told}");
    }
    server.ended.await.unwrap();
    drop(server.reloader);
    let sent = bench.rig.oauth().controls().revoked();
    assert_eq!(sent.len(), 1, "the token for the MCP server");
    // Nobody holds the file any more, and it ends with what became of the call.
    let report = toolgate::audit::verify(&config.audit.file).unwrap();
    assert!(report.is_intact(), "{report:?}");
    let records = std::fs::read_to_string(&config.audit.file).unwrap();
    let last = records.lines().last().unwrap();
    assert!(last.contains("given up before the tool answered"), "{last}");
    Server::bind(Toolgate::open(config).unwrap()).await.unwrap();
}
