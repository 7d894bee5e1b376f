//! What a client asks for and what an access token looks like, by the make of the server.
//!
//! The makes differ where standards leave it open: which parameter names the resource, what `aud` and the scopes are
//! called, whether the issuer ends in a slash. A client that is to work with one of them must be tried against it.

use serde_json::{Value, json};

use super::token::Form;

/// What an access token looks like, and how a client asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenShape {
    /// The plain one when no resource was requested, RFC 9068's when one was.
    #[default]
    ByResource,
    /// Header without `kid`, `typ: JWT`; `aud` is the client id even if a resource was requested.
    Plain,
    /// RFC 9068: `typ: at+jwt`, `kid`, `client_id`; `aud` is the resource, or the client id without one.
    Modern,
    /// Keycloak's: `aud` is what a mapper says (the server's resources), whatever was asked for; without one there is none.
    Keycloak,
    /// Auth0's: the parameter `audience` names the resource, the issuer ends in a slash.
    Auth0,
    /// Entra ID's: the scope `RESOURCE/.default` asks for everything that was granted, `aud` is the resource without
    /// `api://` (version 2.0), scopes are in the array `roles`.
    EntraId,
}

impl TokenShape {
    /// The issuer at an origin.
    pub(super) fn issuer(self, origin: &str) -> String {
        format!("{origin}{}", if self == Self::Auth0 { "/" } else { "" })
    }

    /// The resources that a request names.
    pub(super) fn resources(self, form: &Form, ours: &[String]) -> Vec<String> {
        match self {
            Self::ByResource | Self::Plain | Self::Modern => {
                form.all("resource").map(str::to_owned).collect()
            }
            Self::Keycloak => ours.to_vec(),
            Self::Auth0 => form.all("audience").map(str::to_owned).collect(),
            Self::EntraId => {
                let resource = form.one("scope").and_then(|scope| scope.strip_suffix("/.default"));
                resource.map(str::to_owned).into_iter().collect()
            }
        }
    }

    /// The scopes that a request names; `None` for all that the client has.
    pub(super) fn scopes(self, form: &Form) -> Option<&str> {
        form.one("scope").filter(|scope| self != Self::EntraId || !scope.ends_with("/.default"))
    }

    /// Whether tokens follow RFC 9068 in their header and `client_id`.
    pub(super) fn is_modern(self, resources: &[String]) -> bool {
        match self {
            Self::ByResource => !resources.is_empty(),
            other => other == Self::Modern,
        }
    }

    /// Whether the header names the key.
    pub(super) fn names_key(self, resources: &[String]) -> bool {
        self.is_modern(resources) || matches!(self, Self::Keycloak | Self::Auth0 | Self::EntraId)
    }

    /// `aud`.
    pub(super) fn audience(self, client_id: &str, resources: &[String]) -> Value {
        let bare: Vec<&str> = resources.iter().map(|resource| self.bare(resource)).collect();
        match (self.names_key(resources), bare.as_slice()) {
            (true, [one]) => json!(one),
            (true, [_, _, ..]) => json!(bare),
            (true, []) if self == Self::Keycloak => Value::Null,
            _ => json!(client_id),
        }
    }

    /// Says in the claims what the client may do.
    pub(super) fn grant(self, claims: &mut Value, scope: &str) {
        match self {
            Self::EntraId => claims["roles"] = json!(scope.split(' ').collect::<Vec<_>>()),
            _ => claims["scope"] = json!(scope),
        }
    }

    fn bare(self, resource: &str) -> &str {
        let bare = resource.strip_prefix("api://").filter(|_| self == Self::EntraId);
        bare.unwrap_or(resource)
    }
}
