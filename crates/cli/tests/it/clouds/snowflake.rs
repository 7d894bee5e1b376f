//! Snowflake, with the key pair of a user.

use toolgate_testkit::models::Dialect;

use super::ask;
use crate::Bench;

const MODEL: &str = "snowflake/claude-sonnet-4-5";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signed_with_the_users_key_is_shown_with_every_request() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let path = bench.folder().join("rsa_key.p8");
    std::fs::write(&path, models.controls().snowflake_key()).unwrap();
    let base_url = models.snowflake_base_url();
    let variables = [
        ("SNOWFLAKE_BASE_URL", base_url.as_str()),
        ("SNOWFLAKE_ACCOUNT", "rigorg-rig"),
        ("SNOWFLAKE_USER", "rig_user"),
        ("SNOWFLAKE_PRIVATE_KEY_FILE", path.to_str().unwrap()),
    ];
    for ran in ask(&bench, MODEL, &variables).await {
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("customerjohndoe123@example.com"), "{}", ran.out);
    }
    assert_eq!(models.controls().requests(Dialect::Snowflake), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_another_account_or_no_key_is_refused() {
    let bench = Bench::start().await;
    let models = bench.rig.models();
    let key = models.controls().snowflake_key();
    let base_url = models.snowflake_base_url();
    for (account, user, key, words) in [
        ("rigorg-rig", "other", &*key, "JWT token is invalid"),
        ("other-rig", "rig_user", &*key, "JWT token is invalid"),
        ("rigorg-rig", "rig_user", "canary", "RSA key in PKCS#8"),
        ("", "rig_user", &*key, "expected an account"),
    ] {
        let variables = [
            ("SNOWFLAKE_BASE_URL", base_url.as_str()),
            ("SNOWFLAKE_ACCOUNT", account),
            ("SNOWFLAKE_USER", user),
            ("SNOWFLAKE_PRIVATE_KEY_RAW", key),
        ];
        let ran = bench.run(&["chat", "--model", MODEL, "Hello"], &variables).await;
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains(words), "{}", ran.err);
        assert!(!ran.err.contains("canary") && !ran.err.contains("PRIVATE KEY-----"), "{}", ran.err);
    }
}
