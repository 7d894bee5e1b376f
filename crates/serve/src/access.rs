//! Who may use the server: whoever shows an access token that is for it, or, where the operator says so, every process
//! of this machine.
//!
//! The token is verified and taken out of the request by the guard of `toolgate-jwt-verify`; what the rest of the server
//! sees is a [`VerifiedToken`](toolgate_jwt_verify::VerifiedToken), which holds no token that could be sent on. Tokens
//! for MCP servers are another client's, with another audience: this server asks for its own.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::{StatusCode, Uri};
use toolgate::{Config, ConfigError, ServeAuthConfig, ServeConfig};
use toolgate_jwt_verify::{KeySource, TokenGuard, Verifier};

use crate::ServeError;
use crate::origins::Origins;
use crate::refusal::Refusal;

/// The rule of one server.
pub(crate) struct Access {
    who: Who,
    origins: Origins,
}

enum Who {
    /// A token is asked for.
    Token(TokenGuard),
    /// Every process of this machine may use it.
    ThisMachine,
}

/// Where a protected resource says what it wants (RFC 9728 section 3).
pub(crate) const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

impl Access {
    pub(crate) fn of(config: &Config) -> Result<Self, ServeError> {
        let origins = Origins::of(&config.serve)?;
        Ok(Self { who: Who::of(config)?, origins })
    }

    /// Puts the rule before every route of `router`.
    pub(crate) fn guard(&self, router: Router) -> Router {
        match &self.who {
            Who::Token(guard) => router.layer(guard.clone()),
            Who::ThisMachine => router.layer(from_fn_with_state(self.origins.clone(), from_this_machine)),
        }
    }

    /// Tells browsers on every route of `router` which pages may use it.
    pub(crate) fn tell_browsers(&self, router: Router) -> Router {
        self.origins.tell_browsers(router)
    }
}

impl Who {
    fn of(config: &Config) -> Result<Self, ServeError> {
        let ServeConfig { listen, auth, open_to_this_machine, .. } = &config.serve;
        let Some(auth) = auth else {
            return match (open_to_this_machine, listen.ip().is_loopback()) {
                (false, _) => Err(ServeError::Unguarded),
                (true, false) => Err(ServeError::OpenToOthers { listen: *listen }),
                (true, true) => Ok(Self::ThisMachine),
            };
        };
        if *open_to_this_machine {
            // Whoever wrote it believes that programs of this machine need no token.
            let (what, beside) =
                ("open_to_this_machine under [serve]", "[serve.auth], which asks everybody for a token");
            return Err(toolgate::Error::from(ConfigError::Idle { what, beside }).into());
        }
        let verifier = Arc::new(verifier(config, auth)?);
        let mut guard = TokenGuard::new(verifier).with_scopes(&auth.scopes)?;
        if let Some(url) = &auth.public_url {
            guard = guard.with_resource_metadata(&metadata_url(url))?;
        }
        Ok(Self::Token(guard))
    }
}

/// Where the metadata of the resource at `url` is: the well-known path stands between its host and its path (RFC 9728 section
/// 3.1), so that a proxy that passes on one path to this server passes on the other too.
pub(crate) fn metadata_url(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(host..).and_then(|rest| rest.find(['/', '?']));
    let (origin, path) = path.and_then(|at| url.split_at_checked(host + at)).unwrap_or((url, ""));
    // A slash after the host alone is no path.
    let path = if path == "/" { "" } else { path };
    format!("{origin}{METADATA_PATH}{path}")
}

/// What judges clients' tokens.
pub(crate) fn verifier(config: &Config, auth: &ServeAuthConfig) -> Result<Verifier, ServeError> {
    let keys = KeySource::remote(&auth.jwks_url, config.http_client()?)?;
    let algorithms = auth.allowed_algorithms().map_err(toolgate::Error::from)?;
    let verifier = Verifier::new(&auth.issuer, [&auth.audience], keys)?.with_algorithms(algorithms)?;
    Ok(verifier.with_strict(auth.strict))
}

/// Refuses what a browser sends for a web page: a page of anywhere can reach this machine's own ports, under a name that
/// its owner points here.
async fn from_this_machine(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    if !names_this_machine(&request)
        || !request.headers().get_all(ORIGIN).iter().all(|origin| origins.has(origin))
    {
        let message = "this server is open to programs of this machine only, and not to web pages: expected a request to \
                       localhost, or to 127.0.0.1, without an Origin, or with one that stands in origins under [serve]. To a \
                       container this machine is another one: ask it for tokens ([serve.auth])";
        return Refusal::new(StatusCode::FORBIDDEN, "not_local", message).into_response();
    }
    next.run(request).await
}

/// HTTP/2 says in the target to whom a request is, HTTP/1.1 beside it; where both do, one that is not ours is enough.
fn names_this_machine(request: &Request) -> bool {
    let beside = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    let target = request.uri().authority().map(http::uri::Authority::as_str);
    let ours = |host: &str| host.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_local));
    (beside.is_some() || target.is_some()) && [beside, target].into_iter().flatten().all(ours)
}

fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::*;

    /// The status for a request of this target and host.
    async fn status(target: &str, host: Option<&str>) -> StatusCode {
        let access = Access { who: Who::ThisMachine, origins: Origins::default() };
        let router = access.guard(Router::new().route("/", get(|| async {})));
        let mut request = http::Request::get(target);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let answer = TowerToHyperService::new(router).call(request.body(Body::empty()).unwrap()).await;
        answer.unwrap().status()
    }

    #[tokio::test]
    async fn a_request_says_to_whom_it_is() {
        assert_eq!(status("/", Some("localhost:8080")).await, StatusCode::OK);
        // HTTP/2 says it in the target alone.
        assert_eq!(status("http://[::1]:8080/", None).await, StatusCode::OK);
        for (target, host) in [
            ("/", None),
            ("/", Some("evil.example")),
            ("/", Some("")),
            ("/", Some("/")),
            ("http://evil.example/", None),
            ("http://localhost/", Some("evil.example")),
            ("http://evil.example/", Some("localhost")),
        ] {
            assert_eq!(status(target, host).await, StatusCode::FORBIDDEN, "{target} {host:?}");
        }
    }

    #[test]
    fn the_well_known_path_stands_between_host_and_path() {
        let well_known = "https://llm.example/.well-known/oauth-protected-resource";
        for (url, path) in
            [("", ""), ("/", ""), ("/api/llm", "/api/llm"), ("/llm/", "/llm/"), ("?t=1", "?t=1")]
        {
            assert_eq!(metadata_url(&format!("https://llm.example{url}")), format!("{well_known}{path}"));
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        for ours in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_local(ours), "{ours}");
        }
        for foreign in [
            "localhost.evil.example",
            "evil.example",
            "host.docker.internal",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
