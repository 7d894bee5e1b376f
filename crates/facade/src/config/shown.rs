//! `Debug` of settings that may hold a secret where none belongs: a key in the query of a URL, a password before its host, the
//! value of a parameter. What holds none is shown as it is.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Serialize, Serializer};
use toolgate_http_client::redacted_url;

/// A setting as it may be shown.
pub(crate) trait Shown {
    fn shown(&self) -> impl Debug + Serialize;
}

/// The same for a member that is written.
pub(crate) fn written<S: Serializer>(setting: &impl Shown, serializer: S) -> Result<S::Ok, S::Error> {
    setting.shown().serialize(serializer)
}

/// A URL.
impl Shown for String {
    fn shown(&self) -> impl Debug + Serialize {
        redacted_url(self)
    }
}

impl Shown for Option<String> {
    fn shown(&self) -> impl Debug + Serialize {
        self.as_ref().map(Shown::shown)
    }
}

impl Shown for Vec<String> {
    fn shown(&self) -> impl Debug + Serialize {
        self.iter().map(Shown::shown).collect::<Vec<_>>()
    }
}

/// Names, and values that are nobody's business.
impl Shown for BTreeMap<String, String> {
    fn shown(&self) -> impl Debug + Serialize {
        self.keys().map(|name| (name, "[redacted]")).collect::<BTreeMap<_, _>>()
    }
}

/// `Debug` of a section, whose fields must all be named: as they are, and those that may hold a secret.
macro_rules! shows {
    ($section:ident, plain: [$($plain:ident),* $(,)?], redacted: [$($redacted:ident),* $(,)?] $(,)?) => {
        impl std::fmt::Debug for $section {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                use $crate::config::shown::Shown as _;
                let Self { $($plain,)* $($redacted,)* } = self;
                let mut section = f.debug_struct(stringify!($section));
                $(section.field(stringify!($redacted), &$redacted.shown());)*
                $(section.field(stringify!($plain), $plain);)*
                section.finish()
            }
        }
    };
}
pub(crate) use shows;

#[cfg(test)]
mod tests {
    use crate::Config;

    const EVERYWHERE: &str = r#"
        store = { url = "redis://:canary@tokens.example:6379/0" }
        proxy = { url = "http://user:canary@proxy.example:3128" }
        tls = { http1_only = ["https://near.example/?canary"] }
        telemetry = { endpoint = "https://otel.example/?key=canary" }

        [mcp.crm]
        url = "https://crm.example/mcp?key=canary"
        resource = "https://resource.example/mcp?key=canary"
        audience = ["https://audience.example/?key=canary"]

        [mcp.files]
        command = "files-mcp"
        args = ["--key", "canary"]
        env = { KEY_OF_FILES = "canary" }

        [oauth]
        token_url = "https://token.example/token?key=canary"
        issuer = "https://issuer.example?key=canary"
        jwks_url = "https://jwks.example/?key=canary"
        resource = "https://other.example/?key=canary"
        audience = ["https://reader.example/?key=canary"]
        assertion_audience = "https://assertion.example/?key=canary"
        introspection_url = "https://introspection.example/?key=canary"
        revocation_url = "https://revocation.example/?key=canary"
        parameters = { key_of_server = "canary" }

        [providers.house]
        base_url = "https://user:canary@house.example/v1?key=canary"
        parameters = { account = "canary" }

        [serve.auth]
        issuer = "https://clients.example/?key=canary"
        audience = "https://llm.example/?key=canary"
        jwks_url = "https://keys.example/?key=canary"
        public_url = "https://public.example/?key=canary"
    "#;

    #[test]
    fn settings_show_no_password_no_query_and_no_value_of_a_parameter() {
        let config: Config = toml::from_str(EVERYWHERE).unwrap();
        let shown = format!("{config:?}");
        let places = "tokens proxy near otel crm resource audience token issuer jwks other reader assertion \
                      introspection revocation house clients llm keys public";
        for place in places.split(' ') {
            assert!(shown.contains(&format!("{place}.example")), "{place}: {shown}");
        }
        for name in ["files-mcp", "KEY_OF_FILES", "key_of_server"] {
            assert!(shown.contains(name), "{name}: {shown}");
        }
        assert!(!shown.contains("canary"), "{shown}");
    }
}
