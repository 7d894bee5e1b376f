// An authorization server of others' making (oidc-provider) over TLS, with one client for each way to authenticate.
//
// Settings: PORT, CERTS (a folder with rootCA.pem, localhost.pem and localhost-key.pem), KEYS (a folder that gets the
// private keys of the private_key_jwt clients).
//
// The resource decides about its tokens: https://rs.example/ALG is given ones signed with ALG. Besides, every
// https://localhost:PORT/mcp is a resource, for MCP servers; any other is refused with invalid_target.
//
// Beside the protocol, GET /interop/counts tells how often each client asked for a token and how often the keys were
// read; POST /interop/rotate puts new keys before the old ones, POST /interop/withdraw drops the old ones.

import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';

import { Provider, errors } from 'oidc-provider';

const { PORT, CERTS, KEYS } = process.env;
const ISSUER = `https://localhost:${PORT}`;
const SCOPES = ['mcp:read', 'mcp:write', 'other'];
// Known to the server and granted to none of the clients.
const WITHHELD = 'mcp:admin';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

// Out of characters that client_secret_basic must encode (RFC 6749 section 2.3.1).
const SECRET = 'canary: 100% of+/=&"secret"~';

function client(id, method, more = {}) {
  return {
    client_id: id,
    token_endpoint_auth_method: method,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: SCOPES.join(' '),
    ...(method.startsWith('client_secret') && { client_secret: SECRET }),
    ...more,
  };
}

function keyPair(alg) {
  if (alg.startsWith('Ed')) return crypto.generateKeyPairSync('ed25519');
  if (alg === 'ES256') return crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
}

// A client whose private key is written for whoever plays it.
function keyClient(alg) {
  const { publicKey, privateKey } = keyPair(alg);
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  fs.writeFileSync(path.join(KEYS, `${alg}.pem`), pem, { mode: 0o600 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: `client-${alg}`, alg, use: 'sig' };
  return client(`jwt-${alg}`, 'private_key_jwt', {
    jwks: { keys: [jwk] },
    token_endpoint_auth_signing_alg: alg,
  });
}

fs.mkdirSync(KEYS, { recursive: true });
const clients = [
  client('basic', 'client_secret_basic'),
  client('post', 'client_secret_post'),
  client('short-lived', 'client_secret_basic'),
  ...ALGORITHMS.map(keyClient),
  client('dpop', 'client_secret_basic', { dpop_bound_access_tokens: true }),
  client('dpop-nonce', 'client_secret_basic', { dpop_bound_access_tokens: true }),
  client('mtls', 'tls_client_auth', {
    tls_client_auth_san_dns: 'client.localhost',
    tls_client_certificate_bound_access_tokens: true,
  }),
  client('mtls-bearer', 'tls_client_auth', { tls_client_auth_san_dns: 'client.localhost' }),
];

function resourceServer(ctx, resource, { clientId }) {
  const { origin, hostname, pathname } = new URL(resource);
  const alg = pathname.slice(1);
  const known = origin === 'https://rs.example' && ALGORITHMS.includes(alg);
  if (!known && !(hostname === 'localhost' && pathname === '/mcp')) throw new errors.InvalidTarget();
  return {
    scope: SCOPES.join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: clientId === 'short-lived' ? 3 : 300,
    jwt: { sign: { alg: known ? alg : 'RS256' } },
  };
}

function signingKeys() {
  const number = crypto.randomUUID();
  return ALGORITHMS.map((alg) => {
    const jwk = keyPair(alg).privateKey.export({ format: 'jwk' });
    return { ...jwk, kid: `${alg}-${number}`, alg, use: 'sig' };
  });
}

const counts = { tokens: {}, keys: 0 };

function count(ctx) {
  if (ctx.path === '/token') {
    const id = ctx.oidc?.client?.clientId ?? 'unknown';
    counts.tokens[id] = (counts.tokens[id] ?? 0) + 1;
  }
}

// A provider cannot change its keys: rotation makes another one, with the same issuer.
function provider(keys) {
  const made = new Provider(ISSUER, {
    clients,
    scopes: [...SCOPES, WITHHELD],
    jwks: { keys },
    cookies: { keys: [crypto.randomUUID()] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'],
    enabledJWA: {
      clientAuthSigningAlgValues: ALGORITHMS,
      dPoPSigningAlgValues: ['ES256', 'EdDSA'],
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, defaultResource: () => undefined, getResourceServerInfo: resourceServer },
      dPoP: {
        enabled: true,
        nonceSecret: crypto.randomBytes(32),
        requireNonce: (ctx) => ctx.oidc.client?.clientId === 'dpop-nonce',
      },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        certificateBoundAccessTokens: true,
        getCertificate: ({ req }) => req.socket.getPeerX509Certificate()?.toString(),
        certificateAuthorized: ({ req }) => req.socket.authorized,
        certificateSubjectMatches: ({ req }, property, expected) =>
          property === 'tls_client_auth_san_dns'
          && req.socket.getPeerX509Certificate().subjectAltName === `DNS:${expected}`,
      },
    },
  });
  made.on('grant.success', count);
  made.on('grant.error', count);
  made.on('server_error', (ctx, error) => console.error(error));
  return made.callback();
}

let keys = signingKeys();
let handle = provider(keys);

const control = {
  'GET /interop/counts': () => {},
  'POST /interop/rotate': () => {
    keys = [...signingKeys(), ...keys];
    handle = provider(keys);
  },
  'POST /interop/withdraw': () => {
    keys = keys.slice(0, ALGORITHMS.length);
    handle = provider(keys);
  },
};

const read = (name) => fs.readFileSync(path.join(CERTS, name));
const tls = {
  cert: read('localhost.pem'),
  key: read('localhost-key.pem'),
  ca: read('rootCA.pem'),
  requestCert: true,
  rejectUnauthorized: false,
};

https
  .createServer(tls, (req, res) => {
    const act = control[`${req.method} ${req.url}`];
    if (act) {
      act();
      res.setHeader('content-type', 'application/json').end(JSON.stringify(counts));
      return;
    }
    if (req.url === '/jwks') counts.keys += 1;
    handle(req, res);
  })
  .listen(Number(PORT), '127.0.0.1');
