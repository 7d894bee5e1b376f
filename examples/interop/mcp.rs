//! MCP servers of others' making that check tokens of an authorization server of others' making.

use toolgate_examples::check::Checks;

use crate::gate::Bench;
use crate::generations;
use crate::peers::{Peers, variable};

/// How such a server refuses a token without the scope that it wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 401, as for a bad token.
    Unauthorized,
    /// 403 with `insufficient_scope` (RFC 6750 section 3.1).
    InsufficientScope,
}

/// One of the servers.
pub(crate) struct McpPeer {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) refusal: Refusal,
}

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) -> Result<(), String> {
    let fastmcp =
        McpPeer { name: "fastmcp", url: variable("INTEROP_FASTMCP")?, refusal: Refusal::Unauthorized };
    let sdk =
        McpPeer { name: "python-sdk", url: variable("INTEROP_SDK")?, refusal: Refusal::InsufficientScope };
    let bench = Bench::start(peers).await?;
    for (peer, other) in [(&fastmcp, &sdk), (&sdk, &fastmcp)] {
        let title = |what: &str| format!("{}: {what}", peer.name);
        checks.run(&title("a model calls its tool through the gate"), bench.called(peer)).await;
        checks.run(&title("the gate finds all from its URL alone"), bench.found(peer)).await;
        checks.run(&title("the gate proves itself by private_key_jwt"), bench.by_key(peer)).await;
        checks.run(&title("the gate proves itself by tls_client_auth"), bench.by_certificate(peer)).await;
        checks.run(&title("a tool that says no is an answer"), bench.said_no(peer)).await;
        checks.run(&title("a call without the policy's scope is denied here"), bench.denied_here(peer)).await;
        checks
            .run(&title("a token without its scope is refused there, once"), bench.refused_there(peer))
            .await;
        checks.run(&title("a token for another server is refused"), bench.for_another(peer, other)).await;
        checks.run(&title("a token that expires in mid-session is replaced"), bench.expires(peer)).await;
        checks
            .run(
                &title("only an issuer that is trusted gets the secret"),
                generations::discovered(peers, peer),
            )
            .await;
        checks.run(&title("the generation with sessions"), generations::before_stateless(peers, peer)).await;
    }
    Ok(())
}
