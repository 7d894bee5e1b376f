//! Which features every build of the whole workspace has: all that a crate offers, so that all of it is tested, and the
//! same in each step, so that nothing is built twice.

use std::process::Command;

use crate::failure::Failure;
use crate::openssl;

/// What the crates offer beyond their defaults and what `toolgate` switches on.
const OFFERED: &str = "toolgate-http-client/brotli,toolgate-http-client/deflate,toolgate-http-client/zstd,\
                       toolgate-jwt-verify/tower,toolgate-mcp-bridge/stdio,toolgate-cli/bedrock,toolgate-cli/otel,\
                       toolgate-cli/snowflake,toolgate-cli/vertex,toolgate-oauth-cc/redis";
/// What the examples show beyond their defaults.
const SHOWN: &str = "toolgate-examples/vertex";

/// Adds the features to a cargo command over the workspace, with the OpenSSL that this machine can provide.
///
/// # Errors
///
/// As [`openssl::features`].
pub(crate) fn with_features(command: Command) -> Result<Command, Failure> {
    let mut command = with_published_features(command)?;
    command.args(["--features", SHOWN]);
    Ok(command)
}

/// The same over the published crates alone.
///
/// # Errors
///
/// As [`openssl::features`].
pub(crate) fn with_published_features(mut command: Command) -> Result<Command, Failure> {
    command.args(["--features", OFFERED]).args(openssl::features()?);
    Ok(command)
}
