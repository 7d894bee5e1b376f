//! What mends a token that is not to be had, or not good.

use toolgate::{HttpError, TokenError, VerifyError};

use super::of_http;

/// Named by themselves, these two leave nothing to find in metadata.
const NAME_THE_ENDPOINTS: &str = "have the server mend its metadata, or name token_url, issuer and jwks_url under \
                                  [oauth] (OAUTH_TOKEN_URL, OAUTH_ISSUER, OAUTH_JWKS_URL): then nobody asks for it";

/// For a server that binds tokens to keys.
const NAME_A_KEY: &str =
    "name the file of a P-256 key, which tokens are bound to: dpop_key_file under [oauth]";

pub(super) fn of_token(error: &TokenError, setting: &str) -> Option<String> {
    Some(match error {
        TokenError::Http(error) => return of_endpoint(error, setting),
        TokenError::OAuth { code, description, .. } => return of_code(code, description.as_deref()),
        TokenError::Discovery { .. } => {
            "name it: OAUTH_TOKEN_URL or OAUTH_ISSUER (token_url, issuer under [oauth])".to_owned()
        }
        TokenError::NoCommonAuthMethod { .. } => {
            "have the client registered for one of the server's methods and name it (authentication under [oauth]); \
             where the server's metadata is wrong, name token_url and jwks_url: then nobody asks for metadata"
                .to_owned()
        }
        TokenError::IssuerMismatch { .. } | TokenError::UntrustedAuthorizationServer { .. } => {
            "only if this client is registered at the one found: set OAUTH_ISSUER (issuer under [oauth]) to it, to the \
             letter, and OAUTH_AUDIENCE to what its tokens are for; then the MCP server is not asked"
                .to_owned()
        }
        TokenError::ResourceMismatch { .. } | TokenError::CrossOriginMetadata { .. } => {
            "have the MCP server's URL say the same, a slash at its end included; or set OAUTH_ISSUER and OAUTH_RESOURCE \
             (issuer, resource under [oauth]) if the one found is right: then the MCP server is not asked"
                .to_owned()
        }
        TokenError::InsecureUrl { .. } => {
            "use https, or allow http to this machine: insecure_loopback = true under [tls]; beside an issuer that is only a \
             name in tokens (AD FS), set OAUTH_TOKEN_URL and OAUTH_JWKS_URL"
                .to_owned()
        }
        TokenError::UnsupportedTokenType { found, .. } if found.eq_ignore_ascii_case("dpop") => {
            NAME_A_KEY.to_owned()
        }
        TokenError::Malformed { .. } | TokenError::BadEndpoint { .. } => NAME_THE_ENDPOINTS.to_owned(),
        _ => return None,
    })
}

fn of_endpoint(error: &HttpError, setting: &str) -> Option<String> {
    match error {
        HttpError::RedirectRefused { .. } => Some(
            "name the final URLs yourself: token_url, issuer and jwks_url under [oauth] (OAUTH_TOKEN_URL, OAUTH_ISSUER, \
             OAUTH_JWKS_URL)"
                .to_owned(),
        ),
        error => of_http(error, setting),
    }
}

/// What mends an error that the token endpoint answered with. Servers differ in what they say for the same.
fn of_code(code: &str, description: Option<&str>) -> Option<String> {
    let says = |part: &str| description.is_some_and(|description| description.contains(part));
    let secret =
        "check OAUTH_CLIENT_ID and the secret (OAUTH_CLIENT_SECRET, or client_secret_file under [oauth])";
    Some(match code {
        // Entra ID has no resource indicators, but in its version 1.0.
        _ if says("AADSTS901002") || says("AADSTS9010010") => {
            "leave out OAUTH_RESOURCE (resource) and per_tool, and name OAUTH_AUDIENCE (audience under [oauth]) instead: \
             Entra ID takes no resource"
                .to_owned()
        }
        "invalid_client" => {
            format!(
                "{secret}, and how the server wants them (authentication under [oauth]); with private_key_jwt, check \
                 key_id or key_certificate_file, and assertion_audience: some want the URL of their token endpoint there"
            )
        }
        // Keycloak says so of a wrong secret as well.
        "unauthorized_client" => {
            format!("have the authorization server allow this client the client credentials grant; and {secret}")
        }
        // Okta's, to a client that must use DPoP.
        "invalid_dpop_proof" => format!("{NAME_A_KEY}; where there is one, compare the clocks of both machines"),
        // Auth0's word for both.
        "access_denied" => format!("have the client authorized for the API that it asks a token for; and {secret}"),
        "unsupported_grant_type" => {
            "have the authorization server allow this client the client credentials grant".to_owned()
        }
        "invalid_scope" => {
            "ask only for scopes that this client may have: OAUTH_SCOPES, or scopes under [oauth]; with OAUTH_TOKEN_URL and \
             without them, those of the local rig are asked for (scopes = [] asks for none)"
                .to_owned()
        }
        "invalid_target" => "correct OAUTH_RESOURCE, or resource under [oauth]".to_owned(),
        _ => return None,
    })
}

pub(super) fn of_verifying(error: &VerifyError) -> Option<String> {
    Some(match error {
        // Ory Hydra and others leave out what is asked for as resource, without a word.
        VerifyError::WrongAudience { found, .. } if found.is_empty() => {
            "the token is for nobody: allow the client an audience and ask for it as the server wants, often with \
             parameters = { audience = \"…\" } under [oauth] (Ory Hydra, Auth0, Kinde), and set OAUTH_AUDIENCE to it"
        }
        VerifyError::WrongAudience { .. } => {
            "have the server issue tokens for that audience, or set OAUTH_AUDIENCE (audience under [oauth]) if the one \
             found is right"
        }
        VerifyError::MissingClaim { claim: "aud" } => {
            "have the server put an audience into its tokens (Keycloak: a mapper of type Audience); or, where it has none \
             and says whose token it is (Cognito), set client_id_audience = true under [oauth.accept]"
        }
        VerifyError::InvalidClaim { claim: "scope", reason } if reason.ends_with("found an array") => {
            "set array_scope = true under [oauth.accept]"
        }
        VerifyError::WrongType { .. } => {
            "have the server issue an access token that is for an API: OAUTH_RESOURCE, or what it has instead (Okta: the \
             issuer of a custom authorization server, such as …/oauth2/default)"
        }
        VerifyError::WrongIssuer { .. } => {
            "set OAUTH_ISSUER (issuer under [oauth]) if the one found is right; where that is no https URL (AD FS, Stytch), \
             OAUTH_TOKEN_URL and OAUTH_JWKS_URL too"
        }
        VerifyError::Expired { .. } | VerifyError::NotYetValid { .. } => {
            "compare the clocks of this machine and of the authorization server"
        }
        VerifyError::BadSignature | VerifyError::KeyNotFound { .. } => {
            "check that OAUTH_JWKS_URL (jwks_url under [oauth]) is of the server that issues the tokens"
        }
        VerifyError::UnsupportedAlgorithm { .. } => {
            "have the server sign with one of these, or add its own to algorithms under [oauth.accept]"
        }
        VerifyError::KeysUnavailable { .. } | VerifyError::KeysStale { .. } => {
            "check OAUTH_JWKS_URL (jwks_url under [oauth]; without it, they are looked for at OAUTH_ISSUER), and what is \
             answered there"
        }
        _ => return None,
    }
    .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, description: &str) -> TokenError {
        TokenError::OAuth {
            status: "400".parse().unwrap(),
            code: code.to_owned(),
            description: Some(description.to_owned()),
            retry_after: None,
        }
    }

    #[test]
    fn what_servers_say_of_a_wrong_secret_leads_to_the_secret() {
        for (code, description) in [
            ("invalid_client", "Client authentication failed"),
            // Keycloak, and Auth0.
            ("unauthorized_client", "Invalid client or Invalid client credentials"),
            ("access_denied", "Unauthorized"),
        ] {
            let fix = of_token(&refused(code, description), "").unwrap();
            assert!(fix.contains("OAUTH_CLIENT_SECRET"), "{code}: {fix}");
        }
    }

    #[test]
    fn servers_that_want_a_proof_lead_to_its_key() {
        let missing = refused("invalid_dpop_proof", "The DPoP proof JWT header is missing.");
        let bound = TokenError::UnsupportedTokenType { found: "DPoP".into(), expected: "Bearer" };
        for error in [missing, bound] {
            assert!(of_token(&error, "").unwrap().contains("dpop_key_file"), "{error}");
        }
        let assertion =
            refused("invalid_client", "The audience claim for client_assertion must be the endpoint.");
        assert!(of_token(&assertion, "").unwrap().contains("assertion_audience"));
        let clear = TokenError::InsecureUrl { url: "http://localhost/".into() };
        assert!(of_token(&clear, "").unwrap().contains("insecure_loopback = true"));
    }

    #[test]
    fn scopes_that_nobody_asked_for_are_explained() {
        let fix = of_token(&refused("invalid_scope", "no such scope: customer:read"), "").unwrap();
        assert!(fix.contains("OAUTH_SCOPES") && fix.contains("scopes = []"), "{fix}");
    }

    #[test]
    fn entra_id_takes_no_resource() {
        for (code, description) in [
            ("invalid_request", "AADSTS901002: The 'resource' request parameter isn't supported."),
            (
                "invalid_target",
                "AADSTS9010010: The resource parameter doesn't match with the requested scopes.",
            ),
        ] {
            let fix = of_token(&refused(code, description), "").unwrap();
            assert!(fix.starts_with("leave out OAUTH_RESOURCE") && fix.contains("OAUTH_AUDIENCE"), "{fix}");
        }
    }

    #[test]
    fn claims_that_servers_write_in_their_own_way_lead_to_the_setting() {
        let array =
            VerifyError::InvalidClaim { claim: "scope", reason: "expected a string, found an array".into() };
        let number =
            VerifyError::InvalidClaim { claim: "scope", reason: "expected a string, found a number".into() };
        assert!(of_verifying(&array).unwrap().contains("array_scope = true"));
        assert_eq!(of_verifying(&number), None);
        let none = VerifyError::MissingClaim { claim: "aud" };
        assert!(of_verifying(&none).unwrap().contains("client_id_audience = true"));
        let nobody = VerifyError::WrongAudience { found: String::new(), expected: "crm".into() };
        assert!(of_verifying(&nobody).unwrap().contains("parameters = { audience"));
        let own =
            VerifyError::WrongType { found: "application/okta-internal-at+jwt".into(), expected: "at+jwt" };
        assert!(of_verifying(&own).unwrap().contains("custom authorization server"));
    }
}
