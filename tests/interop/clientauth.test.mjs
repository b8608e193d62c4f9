// Clients that authenticate with keys and certificates, by libraries that nobody here wrote:
// openid-client makes the assertions, Node's own TLS shows the certificates.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import * as oauth from 'oauth4webapi';
import { initialAccessToken, issuer } from './lab.mjs';

const machine = { grant_types: ['client_credentials'], response_types: [], scope: 'notes:read' };
const scope = 'notes:read';

let as;
before(async () => {
  const url = new URL(issuer);
  as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
});

const register = async (metadata) => {
  const response = await oauth.dynamicClientRegistrationRequest(
    as, { ...machine, ...metadata }, { initialAccessToken });
  return oauth.processDynamicClientRegistrationResponse(response);
};

const keyed = async (algorithm = 'ES256') => {
  const keys = await oauth.generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await jose.exportJWK(keys.publicKey)), kid: 'one', alg: algorithm };
  const registered = await register({
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: algorithm,
    jwks: { keys: [jwk] },
  });
  return { ...registered, keys };
};

/** What the token endpoint says to a form. */
const ask = async (fields) => {
  const response = await fetch(as.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, ...fields }),
  });
  return { status: response.status, ...(await response.json()) };
};

const asserted = (assertion, extra = {}) =>
  ask({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...extra,
  });

const refused = ({ status, error }) => assert.deepEqual([status, error], [401, 'invalid_client']);

for (const algorithm of ['ES256', 'RS256', 'PS256']) {
  test(`private_key_jwt with ${algorithm}: token, introspection, revocation`, async () => {
    const { keys, client_id } = await keyed(algorithm);
    const authentication = client.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' });
    const config = await client.discovery(new URL(issuer), client_id, {}, authentication);
    const tokens = await client.clientCredentialsGrant(config, { scope });
    assert.equal(tokens.token_type, 'bearer');
    const known = await client.tokenIntrospection(config, tokens.access_token);
    assert.deepEqual([known.active, known.client_id], [true, client_id]);
    await client.tokenRevocation(config, tokens.access_token);
    assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
  });
}

test('client_secret_jwt: token and introspection; another secret is refused', async () => {
  const { client_id, client_secret } = await register({
    token_endpoint_auth_method: 'client_secret_jwt',
    token_endpoint_auth_signing_alg: 'HS256',
  });
  const config = (secret) =>
    client.discovery(new URL(issuer), client_id, {}, client.ClientSecretJwt(secret));
  const good = await config(client_secret);
  const tokens = await client.clientCredentialsGrant(good, { scope });
  assert.equal((await client.tokenIntrospection(good, tokens.access_token)).active, true);
  const bad = await config(`${client_secret}x`);
  await assert.rejects(client.clientCredentialsGrant(bad, { scope }), (thrown) => {
    assert.equal(thrown.status, 401);
    return true;
  });
  refused(await ask({ client_id, client_secret }));
});

const sign = (key, id, claims = {}, header = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: id, sub: id, aud: issuer, iat: now, exp: now + 60, jti: crypto.randomUUID(), ...claims };
  return new jose.SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(key);
};

test('the failure twins of an assertion are refused, each with 401 invalid_client', async () => {
  const { client_id, keys } = await keyed();
  const key = keys.privateKey;
  assert.equal((await asserted(await sign(key, client_id))).status, 200);

  const stranger = await oauth.generateKeyPair('ES256');
  refused(await asserted(await sign(stranger.privateKey, client_id)));
  refused(await asserted(await sign(key, client_id, { aud: 'https://elsewhere.example' })));
  const now = Math.floor(Date.now() / 1000);
  refused(await asserted(await sign(key, client_id, { iat: now - 120, exp: now - 60 })));
  refused(await asserted(await sign(key, client_id, { exp: now + 365 * 86400 })));
  refused(await asserted(await sign(key, client_id, { exp: undefined })));
  refused(await asserted(await sign(key, client_id, { jti: undefined })));
  refused(await asserted(await sign(key, client_id, { iss: 'somebody' })));
  refused(await asserted(await sign(key, client_id, {}, { kid: 'two' })));
  refused(await asserted(await sign(key, client_id, {}, { typ: 'at+jwt' })));
  refused(await asserted(new jose.UnsecuredJWT({
    iss: client_id, sub: client_id, aud: issuer, exp: now + 60, jti: 'none',
  }).encode()));

  const once = await sign(key, client_id);
  assert.equal((await asserted(once)).status, 200);
  refused(await asserted(once));

  const twice = await asserted(await sign(key, client_id), { client_id, client_secret: 'beside' });
  assert.deepEqual([twice.status, twice.error], [400, 'invalid_request']);
  refused(await ask({ client_id }));
});

// Node's fetch shows no certificates; its https does.
const over = (identity) => (url, { method = 'GET', headers, body } = {}) =>
  new Promise((resolve, reject) => {
    const plain = headers ? Object.fromEntries(new Headers(headers)) : {};
    const request = https.request(url, { method, headers: plain, agent: false, ...identity }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status, headers: received } = response;
        resolve(new Response(Buffer.concat(chunks), { status, headers: received }));
      });
    });
    request.on('error', reject);
    request.end(body ? body.toString() : undefined);
  });

const folder = mkdtempSync(join(tmpdir(), 'oauthlab-interop-'));
const identity = (name, ...flags) => {
  const run = ['ca', 'client', name, '--dir', folder, ...flags];
  execFileSync('oauthlab', run, { encoding: 'utf8' });
  return {
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  };
};

const tokenOver = async (shown, app) => {
  const response = await oauth.clientCredentialsGrantRequest(
    as, app, oauth.TlsClientAuth(), new URLSearchParams({ scope }), { [oauth.customFetch]: over(shown) });
  return { status: response.status, body: await response.clone().json(), response };
};

const refusedOver = async (shown, app) => {
  const { status, body } = await tokenOver(shown, app);
  refused({ status, error: body.error });
};

test('tls_client_auth: the certificate of the lab CA with the registered subject, and no other', async () => {
  const app = await register({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=worker',
  });
  const { response } = await tokenOver(identity('worker'), app);
  const tokens = await oauth.processClientCredentialsResponse(as, app, response);
  assert.equal(tokens.token_type, 'bearer');
  await refusedOver({}, app);
  await refusedOver(identity('other'), app);
  await refusedOver(identity('selfmade', '--self-signed'), app);
});

test('self_signed_tls_client_auth: the registered certificate, and no other', async () => {
  const own = identity('pinned', '--self-signed');
  const jwk = await jose.exportJWK(await jose.importX509(own.cert, 'ES256'));
  const x5c = [own.cert.replace(/-----[A-Z ]+-----|\s/g, '')];
  const app = await register({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [{ ...jwk, x5c }] },
  });
  const { response } = await tokenOver(own, app);
  await oauth.processClientCredentialsResponse(as, app, response);
  await refusedOver({}, app);
  await refusedOver(identity('namesake', '--self-signed'), app);
});
