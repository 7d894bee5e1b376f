//! A planted secret is searched for in everything that a failing or working client says.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use toolgate_oauth_cc::discovery::{Discovery, Trust};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::script::{Script, Step};

const CANARY: &str = "c4n4ry-s3cr3t";

/// Keeps everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn cc_45_no_log_line_shows_a_secret() {
    let log = Log::default();
    // As long as there is one subscriber, tracing asks only the thread that comes to a place first whether anybody listens,
    // and remembers the no of another test's thread.
    let _another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _guard = tracing::subscriber::set_default(log.clone());
    let echo = format!(r#"{{"error":"slow_down","error_description":"{CANARY}"}}"#);
    let token = format!(
        r#"{{"access_token":"{CANARY}-token","token_type":"Bearer","expires_in":"1","refresh_token":"{CANARY}"}}"#
    );
    let steps = [Step::json(503, &echo), Step::json(200, token), Step::json(400, &echo)];
    let secret = ClientAuthentication::SecretPost(Secret::new(CANARY));
    let credentials = ClientCredentials::new("https://as.example/token", "id", secret).unwrap();
    let cache = TokenCache::new(credentials, Script::new(steps));
    cache.token().await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    cache.token().await.unwrap_err();
    let log = log.0.lock().unwrap();
    for said in ["trying again", "refresh token", "token request failed"] {
        assert!(log.contains(said), "{said} is missing: {log}");
    }
    assert!(!log.contains(CANARY), "{log}");
}

#[tokio::test(start_paused = true)]
async fn no_error_and_no_debug_shows_a_secret() {
    let echoes = [
        Step::json(400, format!(r#"{{"error":"invalid_client","error_description":"{CANARY}"}}"#)),
        Step::json(401, format!(r#"{{"error":"{CANARY}"}}"#)),
        Step::json(500, CANARY),
        Step::json(200, CANARY),
        Step::json(200, format!(r#"{{"access_token":"{CANARY} bad","token_type":"Bearer"}}"#)),
        Step::json(200, format!(r#"{{"access_token":"{CANARY}","token_type":"{CANARY}"}}"#)),
        Step::json(200, format!(r#"{{"access_token":"{CANARY}","access_token":"{CANARY}"}}"#)),
        Step::json(
            200,
            format!(r#"{{"access_token":"{CANARY}","token_type":"Bearer","scope":"{CANARY}\"" }}"#),
        ),
        Step::json(200, format!(r#"{{"{CANARY}":1,"{CANARY}":2}}"#)),
    ];
    let methods = [ClientAuthentication::SecretBasic, ClientAuthentication::SecretPost];
    for (step, method) in echoes.iter().flat_map(|step| methods.iter().map(move |method| (step, method))) {
        let credentials =
            ClientCredentials::new("https://as.example/token", "id", method(Secret::new(CANARY))).unwrap();
        let cache = TokenCache::new(credentials, Script::new([step.clone()])).with_attempts(1);
        let error = cache.token().await.unwrap_err();
        let mut text = format!("{error} {error:?} {cache:?} {:?}", Arc::new(&cache));
        let mut cause = std::error::Error::source(&error);
        while let Some(found) = cause {
            text.push_str(&format!("{found} {found:?}"));
            cause = found.source();
        }
        assert!(!text.contains(CANARY), "{}: {text}", step.body);
    }
}

/// Some servers want a key in the query of their URL.
#[tokio::test(start_paused = true)]
async fn no_error_shows_the_query_of_a_url() {
    let resource = format!("https://mcp.example/mcp?key={CANARY}");
    let none = || Step::json(404, "");
    let another = Step::json(
        200,
        r#"{"resource":"https://other.example","authorization_servers":["https://as.example"]}"#,
    );
    for (steps, kind) in [
        (vec![Step::json(401, ""), none(), none()], "discovery"),
        (vec![Step::json(401, ""), Step::json(200, "<html>")], "malformed"),
        (vec![Step::json(401, ""), another], "resource_mismatch"),
    ] {
        let trust = Trust::Issuer("https://as.example".to_owned());
        let found = Discovery::new(Script::new(steps)).from_resource(&resource, &trust).await;
        let error = found.unwrap_err();
        assert_eq!(error.kind(), kind);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("https://mcp.example/") && !shown.contains(CANARY), "{shown}");
    }
    let secret = || ClientAuthentication::SecretPost(Secret::new("s"));
    let credentials = |url: &str| ClientCredentials::new(url, "id", secret());
    let cache = TokenCache::new(
        credentials(&format!("https://as.example/token?key={CANARY}")).unwrap(),
        Script::new([Step::json(400, "")]),
    );
    let answered = cache.token().await.unwrap_err();
    let configured = ["http://as.example/", "https://as.example/#f", "https://as.example:99999/"];
    let refused = configured.map(|url| credentials(&format!("{url}?key={CANARY}")).unwrap_err());
    for error in refused.iter().chain([&answered]) {
        let shown = format!("{error} {error:?} {cache:?}");
        assert!(shown.contains("as.example") && !shown.contains(CANARY), "{shown}");
    }
}
