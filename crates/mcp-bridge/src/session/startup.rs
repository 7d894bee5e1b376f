//! Opening a session in the right protocol generation: `server/discover` of 2026-07-28, or `initialize` of before
//! (MCP 2026-07-28, basic/versioning, "Backward Compatibility").

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rmcp::ClientHandler;
use rmcp::model::ProtocolVersion;
use rmcp::service::{
    ClientCacheConfig, ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RoleClient,
};
use rmcp::transport::IntoTransport;

use crate::Server;
use crate::client_role::ClientRole;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::server::Endpoint;
use crate::text::escaped;
use crate::transport::{self, Calls, Report};

use super::Session;
use super::manner::Manner;
use super::subscription::Subscription;

/// How a server wants to be talked to. Found once per server, and remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// 2024-11-05 to 2025-11-25: a handshake, then a session.
    Initialize,
    /// 2026-07-28: every request stands alone.
    Stateless,
}

const STATELESS: ProtocolVersion = ProtocolVersion::V_2026_07_28;
/// 2024-11-05 has another HTTP transport. Servers exist that name it and speak this one, and programs need none; its tools are
/// listed and called alike.
const WITH_INITIALIZE: [ProtocolVersion; 4] = [
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2024_11_05,
];

impl Session {
    /// Opens a session in the `known` generation, or finds out which one the server speaks.
    pub(crate) async fn open(
        server: &Server,
        known: Option<Generation>,
        tools_changed: &Arc<AtomicBool>,
    ) -> Result<Self, Failure> {
        match start(server, mode(known), tools_changed).await {
            // The server knows `server/discover` and speaks only what came before it.
            Err(Failure::Version { offered })
                if known.is_none()
                    && WITH_INITIALIZE.iter().any(|version| offered.contains(version.as_str())) =>
            {
                start(server, mode(Some(Generation::Initialize)), tools_changed).await
            }
            // Servers exist that end when the first request is not `initialize`.
            #[cfg(feature = "stdio")]
            Err(Failure::Died(_)) if known.is_none() => {
                start(server, mode(Some(Generation::Initialize)), tools_changed).await
            }
            started => started,
        }
    }
}

fn mode(generation: Option<Generation>) -> ClientLifecycleMode {
    let preferred_versions = vec![STATELESS];
    match generation {
        Some(Generation::Initialize) => ClientLifecycleMode::Initialize,
        Some(Generation::Stateless) => ClientLifecycleMode::Discover { preferred_versions },
        None => ClientLifecycleMode::Auto {
            preferred_versions,
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        },
    }
}

async fn start(
    server: &Server,
    mode: ClientLifecycleMode,
    tools_changed: &Arc<AtomicBool>,
) -> Result<Session, Failure> {
    let (report, progress) = (Report::default(), Arc::<Progress>::default());
    let role = ClientRole::new(server, tools_changed.clone(), progress.clone());
    match &server.endpoint {
        Endpoint::Http { url, http } => {
            let (transport, calls) = transport::open(server, url, http, report.clone(), tools_changed);
            serve(server, transport, Some(calls), report, mode, role).await
        }
        #[cfg(feature = "stdio")]
        Endpoint::Process(command) => {
            let process = transport::Process::start(server, command, report.clone(), progress)?;
            serve(server, process, None, report, mode, role).await
        }
    }
}

async fn serve<T, E, A>(
    server: &Server,
    transport: T,
    calls: Option<Calls>,
    report: Report,
    mode: ClientLifecycleMode,
    role: ClientRole,
) -> Result<Session, Failure>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let service =
        role.serve_with_lifecycle(transport, mode).await.map_err(|error| explain(error, &report))?;
    // rmcp would serve an expired tool list when the server refuses a fresh one, even for 401 and 403.
    service.set_response_cache_config(ClientCacheConfig::disabled()).await;
    let version = service.peer_info().map(|peer| peer.protocol_version.clone());
    let version =
        version.ok_or_else(|| Failure::Protocol("the handshake gave no protocol version".to_owned()))?;
    let generation = match &version {
        version if *version == STATELESS => Generation::Stateless,
        version if WITH_INITIALIZE.contains(version) => Generation::Initialize,
        version => return Err(Failure::Version { offered: escaped(version.as_str()) }),
    };
    let manner = Manner::of(&version, generation == Generation::Stateless, service.service().get_info());
    let tells = service.peer_info().and_then(|peer| peer.capabilities.tools.as_ref()?.list_changed);
    let subscription = (generation == Generation::Stateless && tells == Some(true))
        .then(|| Subscription::start(service.peer().clone(), service.service().tools_changed().clone()));
    Ok(Session {
        subscription,
        service,
        generation,
        calls,
        manner,
        timeout: server.call_timeout,
        longest: server.longest_call,
        redaction: server.redaction.clone(),
    })
}

fn explain(error: ClientInitializeError, report: &Report) -> Failure {
    match error {
        ClientInitializeError::JsonRpcError(error) if !transport::is_synthetic(&error) => {
            Failure::Refused { code: error.code.0, message: escaped(&error.message) }
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => explain(*fallback, report),
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let offered: Vec<&str> = server_supported.iter().map(ProtocolVersion::as_str).collect();
            Failure::Version { offered: escaped(&offered.join(", ")) }
        }
        _ => report.take().unwrap_or_else(|| {
            Failure::Protocol("the server's answers to the handshake are not usable".to_owned())
        }),
    }
}
