//! What mends a failure. Errors say what is wrong; here stands who must do what, by the settings' names.

mod token;

use toolgate::audit::AuditError;
use toolgate::{BridgeError, Error, HttpError, NoToken};

use token::{of_token, of_verifying};

/// What mends `error`; nothing where the error says so itself. `setting` names where the server's URL comes from.
pub(crate) fn of(error: &Error, setting: &str) -> Option<String> {
    match error {
        Error::Http(error) => of_http(error, setting),
        Error::Token(error) | Error::NoToken(NoToken::NotIssued(error)) => of_token(error, setting),
        Error::NoToken(NoToken::NotAccepted(error)) => of_verifying(error),
        Error::Mcp(error) => of_mcp(error, setting),
        Error::Audit(error) => of_audit(error),
        _ => None,
    }
}

/// What mends an audit file that cannot be opened.
pub(crate) fn of_audit(error: &AuditError) -> Option<String> {
    let opening =
        matches!(error, AuditError::Open { .. } | AuditError::InUse { .. } | AuditError::Tail { .. });
    opening.then(|| "name another file: TOOLGATE_AUDIT_FILE, or file under [audit]".to_owned())
}

pub(crate) fn of_http(error: &HttpError, setting: &str) -> Option<String> {
    Some(match error {
        HttpError::Connect { reason, .. } if reason.contains("through the proxy") => {
            "look at the proxy, and correct TOOLGATE_PROXY, or url under [proxy] (http://[user:password@]host:port); \
             hosts that are reached without it stand in except there"
                .to_owned()
        }
        HttpError::Connect { reason, .. } if reason.contains("the name was not found") => {
            format!("correct the host in {setting}, or look at this machine's DNS")
        }
        HttpError::Connect { .. } => format!("start the server, or correct its URL: {setting}"),
        HttpError::InsecureUrl { .. } => {
            format!(
                "use https in {setting}, or allow http to this machine: insecure_loopback = true under [tls]"
            )
        }
        HttpError::BlockedAddress { .. } => {
            "if it is meant, name it yourself, then it may be anywhere: OAUTH_ISSUER with OAUTH_AUDIENCE, or \
             OAUTH_TOKEN_URL with OAUTH_JWKS_URL"
                .to_owned()
        }
        HttpError::Timeout { .. } => {
            format!("check {setting}, firewalls on the way, and whether a proxy is needed ([proxy])")
        }
        HttpError::Credential { source, .. } => {
            return of_token(source.downcast_ref()?, "OAUTH_TOKEN_URL (or token_url under [oauth])");
        }
        HttpError::Tls { reason, .. } if reason.contains("not for the name") => {
            format!("correct the host in {setting}, or have the server's certificate made out to it")
        }
        HttpError::Tls { reason, .. } if !reason.contains("; ") => {
            format!("look at the server's certificate and TLS versions; {setting} says which server")
        }
        _ => return None,
    })
}

pub(crate) fn of_mcp(error: &BridgeError, setting: &str) -> Option<String> {
    Some(match error {
        BridgeError::Unreachable { source, .. } | BridgeError::Transport { source, .. } => {
            return of_http(source, setting);
        }
        BridgeError::Unauthorized { .. } => {
            "compare the token's issuer and audience (`toolgate token`) with what the server wants".to_owned()
        }
        BridgeError::InsufficientScope { .. } => {
            "grant the client that scope, and have it among scopes under [oauth] (OAUTH_SCOPES)".to_owned()
        }
        BridgeError::Status { status: 404, .. } => {
            format!("correct the path in {setting}; a slash at its end matters")
        }
        BridgeError::Status { status: 405, .. } => {
            format!(
                "have {setting} name the endpoint for streamable HTTP, often /mcp: servers that have HTTP with SSE alone, \
                 often /sse, are not supported"
            )
        }
        BridgeError::Process { .. } => {
            "correct command under its [mcp] section: one program, which no shell reads; its arguments stand in args"
                .to_owned()
        }
        BridgeError::Timeout { .. } => {
            "look at the server, or allow it more time: timeout_seconds under its [mcp] section".to_owned()
        }
        BridgeError::Protocol { .. } | BridgeError::UnsupportedVersion { .. } => {
            format!("check that {setting} is an MCP endpoint (streamable HTTP)")
        }
        _ => return None,
    })
}
