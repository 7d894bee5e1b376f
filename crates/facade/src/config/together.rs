//! Settings that mean something only beside another one. Alone they would be passed over, and whoever wrote them would believe
//! that they hold.

use super::{Authentication, Config, ConfigError, FailoverConfig, OAuthConfig, ServerConfig};

/// That each setting which needs another has it, and that none stands beside another in vain.
pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    trust(config)?;
    network(config)?;
    let (audit, tools, limits) = (&config.audit, &config.tools, &config.limits);
    alone(
        "checkpoint_every under [audit]",
        audit.checkpoint_every.is_some(),
        "checkpoint_key_file",
        audit.checkpoint_key_file.is_some(),
    )?;
    alone("drift under [tools]", tools.drift.is_some(), "lock", tools.lock.is_some())?;
    alone(
        "answer_tokens under [limits]",
        limits.answer_tokens.is_some(),
        "tokens or cost",
        limits.tokens.is_some() || limits.cost.is_some(),
    )?;
    let failover = config.failover != FailoverConfig::default();
    alone("[failover]", failover, "[[models]]", !config.models.is_empty())?;
    config.mcp.values().try_for_each(server)?;
    let own = config.mcp.values().filter_map(|server| server.oauth.as_ref());
    own.chain([&config.oauth]).try_for_each(client)
}

fn trust(config: &Config) -> Result<(), ConfigError> {
    let tls = &config.tls;
    let (certificate, key) = (tls.client_certificate.is_some(), tls.client_key.is_some());
    alone("client_certificate under [tls]", certificate, "client_key", key)?;
    alone("client_key under [tls]", key, "client_certificate", certificate)
}

fn network(config: &Config) -> Result<(), ConfigError> {
    let (proxy, store) = (&config.proxy, &config.store);
    let through = proxy.url.is_some() || config.environment.get("TOOLGATE_PROXY").is_some();
    // The environment's proxy comes with exceptions of its own.
    let needs = if proxy.from_environment {
        "url or TOOLGATE_PROXY, as from_environment takes those of NO_PROXY"
    } else {
        "url or TOOLGATE_PROXY"
    };
    alone("except under [proxy]", !proxy.except.is_empty(), needs, through)?;
    let shared = store.url(&config.environment).is_some();
    alone("key_file under [store]", store.key_file.is_some(), "url or TOOLGATE_STORE_URL", shared)
}

/// What a server says itself stands over what its own client says.
fn server(server: &ServerConfig) -> Result<(), ConfigError> {
    let Some(own) = &server.oauth else { return Ok(()) };
    let twice = |what, under, both: bool| idle(what, both, under);
    let scopes = own.scopes.is_some() && server.scopes.is_some();
    twice("scopes under [mcp.NAME.oauth]", "scopes under [mcp.NAME]", scopes)?;
    let resource = own.resource.is_some() && server.resource.is_some();
    twice("resource under [mcp.NAME.oauth]", "resource under [mcp.NAME]", resource)?;
    let audience = !own.audience.is_empty() && !server.audience.is_empty();
    twice("audience under [mcp.NAME.oauth]", "audience under [mcp.NAME]", audience)
}

fn client(oauth: &OAuthConfig) -> Result<(), ConfigError> {
    let signs = oauth.authentication == Some(Authentication::PrivateKeyJwt);
    for (what, is_set) in [
        ("key_file under [oauth]", oauth.key_file.is_some()),
        ("key_id under [oauth]", oauth.key_id.is_some()),
        ("key_certificate_file under [oauth]", oauth.key_certificate_file.is_some()),
        ("key_algorithm under [oauth]", oauth.key_algorithm.is_some()),
        ("assertion_audience under [oauth]", oauth.assertion_audience.is_some()),
    ] {
        alone(what, is_set, "authentication = \"private_key_jwt\"", signs)?;
    }
    secret(oauth)?;
    let (about, back) = (oauth.introspection_url.is_some(), oauth.revocation_url.is_some());
    let asks = oauth.accept.introspect;
    alone("introspection_url under [oauth]", about, "introspect = true under [oauth.accept]", asks)?;
    alone("revocation_url under [oauth]", back, "revoke_on_close = true", oauth.revoke_on_close)?;
    let binds = oauth.dpop_key_file.is_some();
    alone("allow_unbound under [oauth]", oauth.allow_unbound, "dpop_key_file", binds)?;
    idle("allow_unbound under [oauth]", oauth.allow_unbound && oauth.require_bound, "require_bound = true")?;
    alone("allow_wider_scopes under [oauth]", oauth.allow_wider_scopes, "per_tool = true", oauth.per_tool)
}

/// A secret that is never shown to anybody: whoever named it believes that it counts, or need not keep it.
fn secret(oauth: &OAuthConfig) -> Result<(), ConfigError> {
    let (variable, file) = (oauth.client_secret_env.is_some(), oauth.client_secret_file.is_some());
    idle("client_secret_env under [oauth]", variable && file, "client_secret_file")?;
    let beside = match oauth.authentication {
        Some(Authentication::PrivateKeyJwt) => "authentication = \"private_key_jwt\"",
        Some(Authentication::TlsClientAuth) => "authentication = \"tls_client_auth\"",
        Some(Authentication::SelfSignedTlsClientAuth) => "authentication = \"self_signed_tls_client_auth\"",
        _ => return Ok(()),
    };
    idle("client_secret_env under [oauth]", variable, beside)?;
    idle("client_secret_file under [oauth]", file, beside)
}

fn alone(what: &'static str, is_set: bool, needs: &'static str, is_there: bool) -> Result<(), ConfigError> {
    if is_set && !is_there { Err(ConfigError::Alone { what, needs }) } else { Ok(()) }
}

fn idle(what: &'static str, is_set: bool, beside: &'static str) -> Result<(), ConfigError> {
    if is_set { Err(ConfigError::Idle { what, beside }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Environment;

    #[test]
    fn what_would_be_passed_over_is_refused() {
        for (text, says) in [
            ("[tls]\nclient_key = \"k\"", "client_key under [tls] has no effect without client_certificate"),
            ("[tls]\nclient_certificate = \"c\"", "without client_key"),
            ("[oauth]\nkey_file = \"k\"", "without authentication = \"private_key_jwt\""),
            ("[oauth]\nauthentication = \"client_secret_post\"\nkey_id = \"k\"", "key_id under [oauth]"),
            ("[oauth]\nallow_unbound = true", "without dpop_key_file"),
            ("[oauth]\nallow_wider_scopes = true", "without per_tool"),
            ("[mcp.a]\nurl = \"u\"\noauth = { key_algorithm = \"ES256\" }", "key_algorithm under [oauth]"),
            ("[audit]\ncheckpoint_every = 100", "checkpoint_every under [audit] has no effect without"),
            ("[tools]\ndrift = \"refuse\"", "drift under [tools] has no effect without lock"),
            (
                "[limits]\nanswer_tokens = 4096",
                "answer_tokens under [limits] has no effect without tokens or cost",
            ),
            ("model = \"a/b\"\n[failover]\nattempts = 2", "[failover] has no effect without [[models]]"),
            (
                "[proxy]\nexcept = [\"a.example\"]",
                "except under [proxy] has no effect without url or TOOLGATE_PROXY",
            ),
            ("[proxy]\nexcept = [\"a.example\"]\nfrom_environment = true", "takes those of NO_PROXY"),
            ("[store]\nkey_file = \"k\"", "key_file under [store] has no effect without url"),
            ("[oauth]\nintrospection_url = \"u\"", "without introspect = true under [oauth.accept]"),
            ("[oauth]\nrevocation_url = \"u\"", "without revoke_on_close = true"),
            (
                "[oauth]\nclient_secret_env = \"S\"\nclient_secret_file = \"s\"",
                "client_secret_env under [oauth] has no effect beside client_secret_file; keep one of the two",
            ),
            (
                "[oauth]\nclient_secret_file = \"s\"\nauthentication = \"tls_client_auth\"",
                "beside authentication",
            ),
            (
                "[mcp.a]\nurl = \"u\"\nscopes = [\"a\"]\noauth = { scopes = [\"b\"] }",
                "scopes under [mcp.NAME.oauth] has no effect beside scopes under [mcp.NAME]",
            ),
        ] {
            let refused = check(&toml::from_str(text).unwrap()).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
        let whole = "[tls]\nclient_certificate = \"c\"\nclient_key = \"k\"\n[oauth]\nkey_id = \"1\"\n\
                     authentication = \"private_key_jwt\"\nkey_file = \"k\"\nper_tool = true\nallow_wider_scopes = true\n\
                     revoke_on_close = true\nrevocation_url = \"u\"\n[audit]\ncheckpoint_every = 1\n\
                     checkpoint_key_file = \"k\"\n[tools]\ndrift = \"warn\"\nlock = \"l\"\n[limits]\ncost = 1\n\
                     answer_tokens = 9\n[[models]]\nmodel = \"a/b\"\n[failover]\nattempts = 2\n[store]\nurl = \"u\"\n\
                     key_file = \"k\"\n[proxy]\nurl = \"u\"\nexcept = [\"a\"]";
        assert!(check(&toml::from_str(whole).unwrap()).is_ok());
        assert!(check(&Config::default()).is_ok());
    }

    /// What is shared by several machines may be named in the file, and the rest by the environment of each.
    #[test]
    fn the_environment_completes_the_file() {
        let mut config: Config = toml::from_str(
            "[proxy]\nexcept = [\"a.example\"]\n[store]\nkey_file = \"k\"\n[[models]]\nmodel = \"a/b\"\n\
             [failover]\nattempts = 2\n[routing.short_prompts]\nmodel = \"a/b\"\ncharacters = 9",
        )
        .unwrap();
        config.apply_environment(Environment::from_iter([
            ("TOOLGATE_PROXY", "http://p.example:3128"),
            ("TOOLGATE_STORE_URL", "redis://s.example"),
            ("TOOLGATE_MODEL", "c/d"),
        ]));
        assert_eq!(check(&config), Ok(()));
        assert_eq!(
            config.routing.short_prompts, None,
            "one model is named, and nothing is left to choose among"
        );
    }

    /// A recording is answered without what the settings name for real servers.
    #[test]
    fn what_a_replay_leaves_out_leaves_nothing_alone() {
        let mut config: Config = toml::from_str(
            "[oauth]\nrevoke_on_close = true\nrevocation_url = \"u\"\n[store]\nurl = \"redis://s\"\nkey_file = \"k\"\n\
             [mcp.a]\nurl = \"u\"\noauth = { client_id = \"own\", client_secret_env = \"UNSET\" }",
        )
        .unwrap();
        config.prepare_for_replay("recording".as_ref()).unwrap();
        assert_eq!(check(&config), Ok(()));
        let own = config.mcp["a"].oauth.as_ref().unwrap();
        assert!(own.secret(&config.environment).is_ok(), "a secret that is not set need not be");
    }
}
