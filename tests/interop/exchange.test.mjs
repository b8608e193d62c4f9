// Token exchange (RFC 8693) by two clients that nobody here wrote: a machine trades Alice's token.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { asAlice, issuer, machine, notes } from './lab.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const type = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const redirectUri = 'http://127.0.0.1:43211/callback';

let config;
let as;
let subject;

/** An access token of Alice for the public client of the lab. */
const login = async () => {
  const web = await client.discovery(new URL(issuer), 'web', undefined, client.None());
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(web, {
    redirect_uri: redirectUri,
    scope: 'notes:read notes:write',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await asAlice(url, redirectUri);
  const tokens = await client.authorizationCodeGrant(web, callback, { pkceCodeVerifier: verifier });
  return tokens.access_token;
};

before(async () => {
  const basic = client.ClientSecretBasic(machine.secret);
  config = await client.discovery(new URL(issuer), machine.id, undefined, basic);
  const url = new URL(issuer);
  as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
  subject = await login();
});

const exchange = (changes = {}) =>
  client.genericGrantRequest(config, grant, {
    subject_token: subject,
    subject_token_type: type('access_token'),
    ...changes,
  });

const refuses = (promise, error) =>
  assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error, error, thrown.stack);
    assert.equal(thrown.status, 400);
    return true;
  });

test('the metadata offers both grants', () => {
  const offered = config.serverMetadata().grant_types_supported;
  assert.ok(offered.includes(grant));
  assert.ok(offered.includes('urn:ietf:params:oauth:grant-type:jwt-bearer'));
});

test('openid-client exchanges, the token names its actor, and the API takes it', async () => {
  const tokens = await exchange({ audience: 'notes', requested_token_type: type('access_token') });
  assert.equal(tokens.issued_token_type, type('access_token'));
  assert.equal(tokens.scope, 'notes:read');
  assert.equal(tokens.refresh_token, undefined);
  const token = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(token.sub, 'alice');
  assert.deepEqual(token.act, { sub: machine.id });
  const listed = await client.fetchProtectedResource(config, tokens.access_token, new URL(notes), 'GET');
  assert.equal(listed.status, 200);
});

test('oauth4webapi exchanges', async () => {
  const app = { client_id: machine.id };
  const parameters = { subject_token: subject, subject_token_type: type('jwt') };
  const response = await oauth.genericTokenEndpointRequest(
    as, app, oauth.ClientSecretBasic(machine.secret), grant, parameters);
  const tokens = await oauth.processGenericTokenEndpointResponse(as, app, response);
  assert.equal(tokens.issued_token_type, type('access_token'));
  assert.equal(tokens.token_type, 'bearer');
});

test('each twin fails with its own error', async () => {
  await refuses(exchange({ scope: 'notes:write' }), 'invalid_scope');
  await refuses(exchange({ audience: 'nobody' }), 'invalid_target');
  await refuses(exchange({ audience: 'mcp' }), 'invalid_target');
  await refuses(exchange({ subject_token: 'made-up' }), 'invalid_request');
  await refuses(exchange({ subject_token_type: type('refresh_token') }), 'invalid_request');
  await refuses(exchange({ requested_token_type: type('saml2') }), 'invalid_request');
  await refuses(exchange({ actor_token_type: type('access_token') }), 'invalid_request');
});
