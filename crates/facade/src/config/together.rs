//! Settings that mean something only beside another one. Alone they would be passed over, and whoever wrote them would believe
//! that they hold.

use super::{Authentication, Config, ConfigError, OAuthConfig};

/// That each setting which needs another has it.
pub(crate) fn check(config: &Config) -> Result<(), ConfigError> {
    let tls = &config.tls;
    alone(
        "client_certificate under [tls]",
        tls.client_certificate.is_some(),
        "client_key",
        tls.client_key.is_some(),
    )?;
    alone(
        "client_key under [tls]",
        tls.client_key.is_some(),
        "client_certificate",
        tls.client_certificate.is_some(),
    )?;
    let own = config.mcp.values().filter_map(|server| server.oauth.as_ref());
    own.chain([&config.oauth]).try_for_each(client)
}

fn client(oauth: &OAuthConfig) -> Result<(), ConfigError> {
    let signs = oauth.authentication == Some(Authentication::PrivateKeyJwt);
    for (what, is_set) in [
        ("key_file under [oauth]", oauth.key_file.is_some()),
        ("key_id under [oauth]", oauth.key_id.is_some()),
        ("key_algorithm under [oauth]", oauth.key_algorithm.is_some()),
        ("assertion_audience under [oauth]", oauth.assertion_audience.is_some()),
    ] {
        alone(what, is_set, "authentication = \"private_key_jwt\"", signs)?;
    }
    alone(
        "allow_unbound under [oauth]",
        oauth.allow_unbound,
        "dpop_key_file",
        oauth.dpop_key_file.is_some(),
    )?;
    alone("allow_wider_scopes under [oauth]", oauth.allow_wider_scopes, "per_tool = true", oauth.per_tool)
}

fn alone(what: &'static str, is_set: bool, needs: &'static str, is_there: bool) -> Result<(), ConfigError> {
    if is_set && !is_there { Err(ConfigError::Alone { what, needs }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            let refused = check(&toml::from_str(text).unwrap()).unwrap_err().to_string();
            assert!(refused.contains(says), "{refused}");
        }
        let whole = "[tls]\nclient_certificate = \"c\"\nclient_key = \"k\"\n[oauth]\nkey_id = \"1\"\n\
                     authentication = \"private_key_jwt\"\nkey_file = \"k\"\nper_tool = true\nallow_wider_scopes = true";
        assert!(check(&toml::from_str(whole).unwrap()).is_ok());
        assert!(check(&Config::default()).is_ok());
    }
}
