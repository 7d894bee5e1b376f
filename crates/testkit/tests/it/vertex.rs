//! Anthropic's messages on Vertex AI, and the token endpoint before them.

use axum::Router;
use axum::body::Body;
use http::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use toolgate_testkit::models::{Keys, ModelControls, Script, router};
use tower_service::Service;

use crate::models_client::text;

const TOKEN: &str = "https://localhost/google/token";
const MODELS: &str = "/google/v1/projects/p/locations/l/publishers/anthropic/models";

/// The models, and the key file of an account that may ask them.
fn demo() -> (Router, Value) {
    let controls = ModelControls::new(Script::saying("Yes."), Keys::default());
    let file = controls.google_credentials(TOKEN);
    (router(controls), serde_json::from_str(&file).unwrap())
}

fn claims(file: &Value) -> Value {
    let now = jsonwebtoken::get_current_timestamp();
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    json!({"iss": file["client_email"], "aud": TOKEN, "scope": scope, "iat": now, "exp": now + 3600})
}

async fn post(router: &mut Router, path: &str, bearer: &str, body: String) -> (u16, Value) {
    let request = Request::post(path).header("authorization", format!("Bearer {bearer}"));
    let response = router.call(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = text(response).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

async fn token(router: &mut Router, file: &Value, kid: &str, claims: &Value) -> (u16, Value) {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    let key = EncodingKey::from_rsa_pem(file["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let assertion = jsonwebtoken::encode(&header, claims, &key).unwrap();
    let form =
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    post(router, "/google/token", "", form).await
}

#[tokio::test]
async fn tokens_are_given_for_good_assertions_only() {
    let (mut router, file) = demo();
    let kid = file["private_key_id"].as_str().unwrap();
    let good = claims(&file);
    let (status, given) = token(&mut router, &file, kid, &good).await;
    assert_eq!((status, &given["token_type"]), (200, &json!("Bearer")));
    for (member, value, words) in [
        ("aud", json!("https://oauth2.googleapis.com/token"), "InvalidAudience"),
        ("iss", json!("other@rig.iam.gserviceaccount.com"), "InvalidIssuer"),
        ("exp", json!(0), "ExpiredSignature"),
        ("exp", json!(good["exp"].as_u64().unwrap() + 60), "short-lived"),
        ("scope", json!("email"), "Invalid OAuth scope"),
    ] {
        let mut claims = good.clone();
        claims[member] = value;
        let (status, refused) = token(&mut router, &file, kid, &claims).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")), "{refused}");
        assert!(refused["error_description"].as_str().unwrap().contains(words), "{refused}");
    }
    assert_eq!(token(&mut router, &file, "other", &good).await.0, 400);
    let (_, refused) = post(&mut router, "/google/token", "", "grant_type=password".to_owned()).await;
    assert_eq!(refused["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn messages_have_the_model_in_the_path_and_the_version_in_the_body() {
    let (mut router, file) = demo();
    let kid = file["private_key_id"].as_str().unwrap();
    let (_, given) = token(&mut router, &file, kid, &claims(&file)).await;
    let bearer = given["access_token"].as_str().unwrap();
    let good = json!({
        "anthropic_version": "vertex-2023-10-16", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}],
    });
    let plain = format!("{MODELS}/claude@1:rawPredict");
    let (status, said) = post(&mut router, &plain, bearer, good.to_string()).await;
    assert_eq!(
        (status, &said["model"], &said["content"][0]["text"]),
        (200, &json!("claude@1"), &json!("Yes."))
    );
    let streamed = format!("{MODELS}/claude@1:streamRawPredict");
    let (status, said) = post(&mut router, &streamed, bearer, good.to_string()).await;
    assert!(status == 200 && said.as_str().unwrap().contains("event: message_stop"), "{said}");
    for (member, value, words) in [
        ("anthropic_version", json!("2023-06-01"), "anthropic_version: Input should be 'vertex-2023-10-16'"),
        ("model", json!("claude@1"), "model: Extra inputs are not permitted"),
        ("stream", json!(true), "stream: it is not as the path says"),
        ("messages", json!([]), "messages: at least one message is required"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let (status, refused) = post(&mut router, &plain, bearer, body.to_string()).await;
        assert_eq!(status, 400, "{refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    assert_eq!(post(&mut router, &plain, "other", good.to_string()).await.0, 401);
    assert_eq!(
        post(&mut router, &format!("{MODELS}/claude@1:predict"), bearer, good.to_string()).await.0,
        404
    );
}
