//! Snowflake's key pair: claims as the documentation has them, signed with the key whose fingerprint they name.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64URL};
use serde_json::Value;
use toolgate_llm_providers::{ChatModel, ChatRequest, ErrorKind, KeyPairAuthorizer, Message};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::provider;

fn pem(pair: &KeyPair) -> String {
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

#[tokio::test]
async fn a_signed_token_proves_who_asks_until_it_is_refused() {
    let server = MockServer::start().await;
    let answer = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    for reply in [ResponseTemplate::new(200).set_body_string(answer), ResponseTemplate::new(401)] {
        Mock::given(path("/api/v2/cortex/v1/chat/completions"))
            .and(header("x-snowflake-authorization-token-type", "KEYPAIR_JWT"))
            .respond_with(reply)
            .up_to_n_times(2)
            .mount(&server)
            .await;
    }
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let proof = KeyPairAuthorizer::snowflake("snowflake", "myorg-account1", "rig_user", &pem(&pair)).unwrap();
    let cortex = provider("snowflake").with_base_url(format!("{}/api/v2/cortex/v1", server.uri())).unwrap();
    let cortex = cortex.with_authentication(toolgate_llm_providers::Authentication::Authorizer);
    let model = ChatModel::new(cortex, "claude-sonnet-4-5", None, http()).unwrap();
    let model = model.with_authorizer(Arc::new(proof));
    let ask = ChatRequest::new(vec![Message::user("u")]);
    for _ in 0..2 {
        assert_eq!(model.chat(&ask).await.unwrap().text(), "hi");
    }
    let refused = model.chat(&ask).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);

    let requests = server.received_requests().await.unwrap();
    let token = requests[0].headers["authorization"].to_str().unwrap();
    assert_eq!(token, requests[1].headers["authorization"], "signed once");
    let (signed, signature) = token.strip_prefix("Bearer ").unwrap().rsplit_once('.').unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let check = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    check.verify(signed.as_bytes(), &BASE64URL.decode(signature).unwrap()).unwrap();
    let claims = BASE64URL.decode(signed.split_once('.').unwrap().1).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public.as_ref());
    let fingerprint = STANDARD.encode(digest.as_ref());
    assert_eq!(claims["sub"], "MYORG-ACCOUNT1.RIG_USER");
    assert_eq!(claims["iss"], format!("MYORG-ACCOUNT1.RIG_USER.SHA256:{fingerprint}"));
    let lasts = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(lasts, 59 * 60, "an hour is too long");
}

#[test]
fn what_is_no_key_is_refused_unseen() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\ncanary\n-----END ENCRYPTED PRIVATE KEY-----";
    for (account, user, key, words) in [
        ("a", "u", "canary", "RSA key in PKCS#8"),
        ("a", "u", encrypted, "decrypt it"),
        ("", "u", &pem(&pair), "an account and a user"),
        ("a", "", &pem(&pair), "an account and a user"),
    ] {
        let refused = KeyPairAuthorizer::snowflake("snowflake", account, user, key).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Configuration);
        assert!(refused.message().contains(words), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    }
    let good = KeyPairAuthorizer::snowflake("snowflake", "a", "u", &pem(&pair)).unwrap();
    assert_eq!(format!("{good:?}"), "KeyPairAuthorizer(A.U for snowflake)");
}
