"""An MCP server of others' making: fastmcp, which verifies tokens with its own JWTVerifier.

Settings: PORT, ISSUER, CERTS (a folder with rootCA.pem, localhost.pem and localhost-key.pem).
"""

import os
import ssl
from pathlib import Path

import httpx2
import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

PORT, ISSUER, CERTS = int(os.environ["PORT"]), os.environ["ISSUER"], Path(os.environ["CERTS"])
BASE = f"https://localhost:{PORT}"

trust = ssl.create_default_context(cafile=CERTS / "rootCA.pem")
verifier = JWTVerifier(
    jwks_uri=f"{ISSUER}/jwks",
    issuer=ISSUER,
    audience=f"{BASE}/mcp",
    algorithm="RS256",
    required_scopes=["mcp:read"],
    http_client=httpx2.AsyncClient(verify=trust),
)
server = FastMCP("fastmcp", auth=RemoteAuthProvider(verifier, [ISSUER], BASE))


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def fail(reason: str) -> str:
    """Always says no."""
    raise ToolError(f"refused: {reason}")


@server.tool
def whoami() -> str:
    """Says which client calls."""
    return get_access_token().client_id


uvicorn.run(
    server.http_app(path="/mcp"),
    host="127.0.0.1",
    port=PORT,
    log_level="warning",
    ssl_certfile=CERTS / "localhost.pem",
    ssl_keyfile=CERTS / "localhost-key.pem",
)
