// The JWT bearer grant (RFC 7523): an identity provider whom the lab trusts vouches for Alice. Its
// assertions are made by jose, and presented by openid-client and oauth4webapi. The lab fetches its
// keys from where the lab file says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { issuer, machine, notes } from './lab.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const provider = 'https://idp.example';
const secret = JSON.parse(readFileSync(process.env.INTEROP_ISSUER_KEY, 'utf8'));

let config;
let as;
let key;
before(async () => {
  const basic = client.ClientSecretBasic(machine.secret);
  config = await client.discovery(new URL(issuer), machine.id, undefined, basic);
  const url = new URL(issuer);
  as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
  key = await jose.importJWK(secret, secret.alg);
});

/** What the provider says of Alice, whom it calls by a number. */
const assertion = (changes = {}, signer = key, header = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: provider, sub: '4711', aud: issuer, iat: now, exp: now + 60, jti: crypto.randomUUID(), ...changes };
  return new jose.SignJWT(claims)
    .setProtectedHeader({ alg: secret.alg, kid: secret.kid, typ: 'JWT', ...header })
    .sign(signer);
};

const present = (text, extra = {}) =>
  client.genericGrantRequest(config, grant, { assertion: text, scope: 'notes:read', ...extra });

const refuses = (promise, error) =>
  assert.rejects(promise, (thrown) => {
    assert.deepEqual([thrown.status, thrown.error], [400, error], thrown.stack);
    return true;
  });

test('openid-client presents an assertion, and the API takes the token as one of Alice', async () => {
  const tokens = await present(await assertion());
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.scope, 'notes:read');
  assert.equal(tokens.refresh_token, undefined);
  const known = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([known.active, known.sub, known.client_id], [true, 'alice', machine.id]);
  const listed = await client.fetchProtectedResource(config, tokens.access_token, new URL(notes), 'GET');
  assert.equal(listed.status, 200);
});

test('oauth4webapi presents one for the token endpoint, and with several audiences', async () => {
  const app = { client_id: machine.id };
  for (const aud of [as.token_endpoint, ['https://elsewhere.example', issuer]]) {
    const parameters = { assertion: await assertion({ aud }), scope: 'notes:read' };
    const response = await oauth.genericTokenEndpointRequest(
      as, app, oauth.ClientSecretBasic(machine.secret), grant, parameters);
    const tokens = await oauth.processGenericTokenEndpointResponse(as, app, response);
    assert.equal(tokens.scope, 'notes:read');
  }
});

test('an assertion is good once', async () => {
  const once = await assertion();
  await present(once);
  await refuses(present(once), 'invalid_grant');
});

const now = Math.floor(Date.now() / 1000);
const other = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const twins = {
  'a wrong audience': () => assertion({ aud: 'https://elsewhere.example' }),
  'no audience': () => assertion({ aud: undefined }),
  'an old date': () => assertion({ exp: now - 60, iat: now - 120 }),
  'a date too far away': () => assertion({ exp: now + 2 * 3600 }),
  'no end': () => assertion({ exp: undefined }),
  'a beginning in the future': () => assertion({ nbf: now + 3600 }),
  'an unknown issuer': () => assertion({ iss: 'https://stranger.example' }),
  'an issuer that is another by one slash': () => assertion({ iss: `${provider}/` }),
  'a wrong key': async () => assertion({}, (await other()).privateKey),
  'a key of no name that is published': async () => assertion({}, (await other()).privateKey, { kid: 'nobody' }),
  'a subject who is none of the issuer': () => assertion({ sub: 'alice' }),
  'no signature': async () => new jose.UnsecuredJWT(jose.decodeJwt(await assertion())).encode(),
  'a key that every reader has': async () => {
    const text = await assertion();
    const published = new TextEncoder().encode(JSON.stringify(jose.decodeProtectedHeader(text)));
    return new jose.SignJWT(jose.decodeJwt(text)).setProtectedHeader({ alg: 'HS256' }).sign(published);
  },
};

for (const [what, make] of Object.entries(twins)) {
  test(`an assertion with ${what} is invalid_grant`, async () => {
    await refuses(present(await make()), 'invalid_grant');
  });
}

test('a good assertion gives no more than the client may have', async () => {
  await refuses(present(await assertion(), { scope: 'notes:write' }), 'invalid_scope');
  await refuses(present(await assertion(), { resource: 'https://elsewhere.example/' }), 'invalid_target');
  await refuses(client.genericGrantRequest(config, grant, { scope: 'notes:read' }), 'invalid_request');
});
