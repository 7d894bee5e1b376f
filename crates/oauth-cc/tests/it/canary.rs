//! A planted secret is searched for in everything that a failing or working client says.

use std::sync::Arc;

use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};

use crate::script::{Script, Step};

const CANARY: &str = "c4n4ry-s3cr3t";

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
