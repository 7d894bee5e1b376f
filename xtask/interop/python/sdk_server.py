"""An MCP server of others' making: the Python SDK, with a verifier made of PyJWT.

Settings: PORT, ISSUER, CERTS (a folder with rootCA.pem, localhost.pem and localhost-key.pem).
"""

import asyncio
import os
import ssl
from pathlib import Path

import jwt
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

PORT, ISSUER, CERTS = int(os.environ["PORT"]), os.environ["ISSUER"], Path(os.environ["CERTS"])
RESOURCE = f"https://localhost:{PORT}/mcp"


class Verifier:
    """RFC 9068 access tokens by the issuer's published keys."""

    def __init__(self):
        trust = ssl.create_default_context(cafile=CERTS / "rootCA.pem")
        self.keys = jwt.PyJWKClient(f"{ISSUER}/jwks", ssl_context=trust)

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
            claims = jwt.decode(token, key, algorithms=["RS256"], audience=RESOURCE, issuer=ISSUER)
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
        )


server = MCPServer(
    "python-sdk",
    token_verifier=Verifier(),
    auth=AuthSettings(
        issuer_url=ISSUER,
        resource_server_url=RESOURCE,
        required_scopes=["mcp:read"],
        validate_token_resource=True,
    ),
)


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail(reason: str) -> str:
    """Always says no."""
    raise ToolError(f"refused: {reason}")


@server.tool()
def whoami() -> str:
    """Says which client calls."""
    return get_access_token().client_id


uvicorn.run(
    server.streamable_http_app(),
    host="127.0.0.1",
    port=PORT,
    log_level="warning",
    ssl_certfile=CERTS / "localhost.pem",
    ssl_keyfile=CERTS / "localhost-key.pem",
)
