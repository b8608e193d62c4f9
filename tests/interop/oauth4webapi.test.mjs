// oauth4webapi is the strict layer below: each answer is handed over raw, and every deviation from
// the RFCs throws. A public native client, a machine client, and an API that trusts only the JWKS.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { asAlice, initialAccessToken, issuer, machine, mcp, notes } from './lab.mjs';

const redirectUri = 'http://127.0.0.1:43210/callback';
const metadata = {
  client_name: 'native interop',
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

let as;
let app;
before(async () => {
  const url = new URL(issuer);
  for (const algorithm of ['oidc', 'oauth2']) {
    as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm }));
  }
  const response = await oauth.dynamicClientRegistrationRequest(as, metadata, { initialAccessToken });
  app = await oauth.processDynamicClientRegistrationResponse(response);
});

const authorize = async (extra = {}) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid notes:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...extra,
  });
  const callback = await asAlice(url, redirectUri);
  return { parameters: oauth.validateAuthResponse(as, app, callback, state), verifier, nonce };
};

const login = async (extra) => {
  const { parameters, verifier, nonce } = await authorize(extra);
  const response = await oauth.authorizationCodeGrantRequest(
    as, app, oauth.None(), parameters, redirectUri, verifier);
  const tokens = await oauth.processAuthorizationCodeResponse(as, app, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response);
  return tokens;
};

test('a native client is sent back to the port that it listens on, and every check passes', async () => {
  const tokens = await login();
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const response = await oauth.userInfoRequest(as, app, tokens.access_token);
  const user = await oauth.processUserInfoResponse(as, app, sub, response);
  assert.equal(user.sub, sub);

  const again = await oauth.refreshTokenGrantRequest(as, app, oauth.None(), tokens.refresh_token);
  const refreshed = await oauth.processRefreshTokenResponse(as, app, again);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  const revoked = await oauth.revocationRequest(as, app, oauth.None(), refreshed.refresh_token);
  await oauth.processRevocationResponse(revoked);
  const dead = await oauth.refreshTokenGrantRequest(as, app, oauth.None(), refreshed.refresh_token);
  await assert.rejects(oauth.processRefreshTokenResponse(as, app, dead), { error: 'invalid_grant' });
});

test('the access token is a valid RFC 9068 token for its own API only', async () => {
  const tokens = await login({ resource: notes });
  const request = () =>
    new Request(notes, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, request(), notes);
  assert.equal(claims.client_id, app.client_id);
  assert.ok(claims.scope.split(' ').includes('notes:read'));
  await assert.rejects(oauth.validateJwtAccessToken(as, request(), mcp), /audience|"aud"/i);
});

test('the API points to its metadata, and the metadata names the API and this issuer', async () => {
  for (const identifier of [notes, mcp].map((text) => new URL(text))) {
    const response = await oauth.resourceDiscoveryRequest(identifier);
    const found = await oauth.processResourceDiscoveryResponse(identifier, response);
    assert.deepEqual(found.authorization_servers, [issuer]);
  }
  const bare = await fetch(notes);
  assert.equal(bare.status, 401);
  const challenge = bare.headers.get('www-authenticate');
  assert.match(challenge, /^Bearer /);
  const [, uri] = challenge.match(/resource_metadata="([^"]+)"/);
  assert.equal((await (await fetch(uri)).json()).resource, notes);
  assert.doesNotMatch(challenge, /error=/, 'a request without a token gets no error code');
});

test('a token for one API is refused by the other one', async () => {
  const tokens = await login({ resource: notes, scope: 'openid notes:read' });
  const call = oauth.protectedResourceRequest(tokens.access_token, 'POST', new URL(mcp));
  await assert.rejects(call, (thrown) => {
    assert.equal(thrown.status, 401);
    assert.equal(thrown.cause[0].parameters.error, 'invalid_token');
    return true;
  });
});

test('a machine gets a token without a refresh token and without an ID token', async () => {
  const ci = { client_id: machine.id };
  const secret = oauth.ClientSecretBasic(machine.secret);
  const response = await oauth.clientCredentialsGrantRequest(as, ci, secret, { scope: 'notes:read' });
  const tokens = await oauth.processClientCredentialsResponse(as, ci, response);
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(tokens.id_token, undefined);
  const asked = await oauth.introspectionRequest(as, ci, secret, tokens.access_token);
  const known = await oauth.processIntrospectionResponse(as, ci, asked);
  assert.equal(known.active, true);
  assert.equal(known.client_id, machine.id);
});

test('a machine with a wrong secret is told invalid_client', async () => {
  const ci = { client_id: machine.id };
  const wrong = oauth.ClientSecretPost('wrong');
  const response = await oauth.clientCredentialsGrantRequest(as, ci, wrong, {});
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error, 'invalid_client');
});

test('a verifier of another request is invalid_grant', async () => {
  const { parameters } = await authorize();
  const response = await oauth.authorizationCodeGrantRequest(
    as, app, oauth.None(), parameters, redirectUri, oauth.generateRandomCodeVerifier());
  const answer = oauth.processAuthorizationCodeResponse(as, app, response);
  await assert.rejects(answer, { error: 'invalid_grant', status: 400 });
});

test('a redirect URI that differs at the token endpoint is invalid_grant', async () => {
  const { parameters, verifier } = await authorize();
  const response = await oauth.authorizationCodeGrantRequest(
    as, app, oauth.None(), parameters, 'http://127.0.0.1:43211/callback', verifier);
  const answer = oauth.processAuthorizationCodeResponse(as, app, response);
  await assert.rejects(answer, { error: 'invalid_grant' });
});
