//! What `toolgate serve` needs, where it is set up, and the database that a fleet shares tokens through.

use toolgate_testkit::LeafKind;

use super::Report;
use crate::Bench;

/// Settings of a server for other machines, and the files that they name.
struct Served<'a>(&'a Bench);

impl Served<'_> {
    fn certificate(&self, kind: LeafKind) {
        let leaf = self.0.rig.ca().leaf(kind);
        std::fs::write(self.0.folder().join("server.pem"), leaf.cert_pem()).unwrap();
        std::fs::write(self.0.folder().join("server.key"), leaf.key_pem()).unwrap();
    }

    /// What the doctor says, after `change` to the settings.
    async fn report(&self, change: impl Fn(String) -> String) -> Report {
        let issuer = self.0.rig.issuer();
        let text = format!(
            "[serve]\nlisten = \"0.0.0.0:8443\"\ncertificate = \"server.pem\"\nkey = \"server.key\"\n\
             [serve.auth]\nissuer = \"{issuer}\"\naudience = \"https://llm.example.com\"\n\
             jwks_url = \"{issuer}/jwks\"\npublic_url = \"https://localhost:8443\"\n"
        );
        std::fs::write(self.0.folder().join("toolgate.toml"), change(text)).unwrap();
        Report::of(self.0, &[]).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_ones_own_is_looked_at_before_it_serves() {
    let bench = Bench::start().await;
    let served = Served(&bench);
    served.certificate(LeafKind::Localhost);
    let sound = served.report(|text| text).await;
    let says = |report: &Report, group: &str, step: &str| {
        let found = report.steps().find(|is| is["name"] == step && is["group"] == group);
        let found = found.unwrap_or_else(|| panic!("{group}, {step}: {:#}", report.0));
        (found["state"].as_str().unwrap().to_owned(), found["says"].as_str().unwrap().to_owned())
    };
    let issuer = "Issuer of clients' tokens";
    for (group, step, told) in [
        ("Serve", "access", "for https://llm.example.com"),
        ("Serve", "certificate", "for localhost"),
        ("Serve", "models", "openai/gpt-rig"),
        (issuer, "JWKS", "usable"),
        (issuer, "metadata", "as in its own"),
    ] {
        let (state, says) = says(&sound, group, step);
        assert!(state == "good" && says.contains(told), "{group}, {step}: {state} {says}");
    }

    let elsewhere = served.report(|text| text.replace("https://localhost:8443", "https://llm.example")).await;
    let (state, told) = says(&elsewhere, "Serve", "name");
    assert!(state == "warning" && told.contains("not for llm.example"), "{state} {told}");
    let mistyped = served
        .report(|text| text.replacen("issuer = \"https://localhost", "issuer = \"https://LOCALHOST", 1))
        .await;
    assert_eq!(says(&mistyped, issuer, "metadata").0, "warning", "{:#}", mistyped.0);
}

/// Its clients name one of those that it offers: nobody needs a default.
#[tokio::test(flavor = "multi_thread")]
async fn models_on_offer_need_no_default_beside_them() {
    let bench = Bench::start().await;
    let settings = "[serve]\nopen_to_this_machine = true\nmodels = { ours = \"openai/gpt-rig\" }\n";
    std::fs::write(bench.folder().join("toolgate.toml"), settings).unwrap();
    let report = Report::of(&bench, &[("OPENAI_MODEL", "")]).await;
    let groups: Vec<_> = report.steps().filter_map(|step| step["group"].as_str()).collect();
    assert!(groups.contains(&"Model openai/gpt-rig") && !groups.contains(&"Model the default"), "{groups:?}");
    assert!(report.steps().all(|step| step["state"] != "failed"), "{:#}", report.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_could_not_serve_says_what_mends_it() {
    let bench = Bench::start().await;
    let served = Served(&bench);
    let certificate = ("Serve", "certificate");
    served.certificate(LeafKind::Expired);
    served.report(|text| text).await.fails(certificate, "has expired", "renew it", &[]);
    served.certificate(LeafKind::Localhost);
    let other = bench.rig.ca().leaf(LeafKind::Localhost);
    std::fs::write(bench.folder().join("server.key"), other.key_pem()).unwrap();
    served.report(|text| text).await.fails(certificate, "does not belong to", "", &[]);
    std::fs::remove_file(bench.folder().join("server.key")).unwrap();
    served.report(|text| text).await.fails(certificate, "cannot read server.key", "", &[]);

    served.certificate(LeafKind::Localhost);
    let unguarded = served.report(|text| text.split("[serve.auth]").next().unwrap().to_owned()).await;
    unguarded.fails(("Serve", "access"), "nobody is asked", "", &[]);
    let nobody = served.report(|text| text.replace("https://llm.example.com", "")).await;
    nobody.fails(("Serve", "access"), "audience", "[serve.auth]", &["JWKS", "metadata"]);
    let keys = served.report(|text| text.replace("/jwks\"", "/elsewhere\"")).await;
    let issuer = "Issuer of clients' tokens";
    keys.fails((issuer, "JWKS"), "404", "jwks_url under [serve.auth]", &[]);
    let away = served
        .report(|text| text.replace(&format!("{}/jwks", bench.rig.issuer()), "https://localhost:1/jwks"));
    let away = away.await;
    away.fails((issuer, "TCP"), "refused", "jwks_url under [serve.auth]", &["TLS", "JWKS", "metadata"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_is_told() {
    let bench = Bench::start().await;
    let store = [
        ("TOOLGATE_STORE_URL", "redis://:canary@127.0.0.1:1/0"),
        ("TOOLGATE_STORE_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    let report = Report::of(&bench, &store).await;
    report.fails(("Shared store", "store"), "refused", "TOOLGATE_STORE_URL", &[]);
}
