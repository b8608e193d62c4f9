// openid-client is a certified relying party. It drives the whole flow as an application would.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as client from 'openid-client';
import { asAlice, initialAccessToken, issuer, notes, resource } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const scope = 'openid profile email notes:read notes:write';

// The library sends the secret in the body unless it is told otherwise, whatever was registered.
const authentication = {
  client_secret_basic: () => client.ClientSecretBasic(),
  client_secret_post: () => client.ClientSecretPost(),
  none: () => client.None(),
};

const register = (metadata = {}, algorithm = 'oidc') =>
  client.dynamicClientRegistration(
    new URL(issuer),
    {
      client_name: 'interop',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...metadata,
    },
    authentication[metadata.token_endpoint_auth_method ?? 'client_secret_basic'](),
    // Signatures of ID tokens are checked against the published keys, not only trusted over TLS.
    { algorithm, initialAccessToken, execute: [client.enableNonRepudiationChecks] },
  );

const authorize = async (config, { decision = 'allow', ...extra } = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { callback: await asAlice(url, redirectUri, decision), checks };
};

const login = async (config, extra) => {
  const { callback, checks } = await authorize(config, extra);
  return client.authorizationCodeGrant(config, callback, checks);
};

/** The library must report this RFC error: from the body, or from the challenge beside a 401. */
const refuses = (promise, error, status) =>
  assert.rejects(promise, (thrown) => {
    const reported = thrown.error ?? thrown.cause?.[0]?.parameters?.error;
    assert.equal(reported, error, thrown.stack);
    assert.equal(thrown.status, status);
    return true;
  });

let config;
before(async () => {
  config = await register();
});

test('discovery, registration, code + PKCE, userinfo, API, refresh, introspection, revocation', async () => {
  assert.equal(config.serverMetadata().issuer, issuer);
  const tokens = await login(config);
  assert.equal(tokens.token_type, 'bearer');
  const { sub } = tokens.claims();
  const user = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(user.sub, sub);
  assert.equal(user.email, 'alice@example.com');

  const listed = await client.fetchProtectedResource(config, tokens.access_token, new URL(notes), 'GET');
  assert.equal(listed.status, 200);

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  const known = await client.tokenIntrospection(config, refreshed.access_token);
  assert.equal(known.active, true);
  assert.equal(known.sub, sub);
  await client.tokenRevocation(config, refreshed.access_token);
  const gone = await client.tokenIntrospection(config, refreshed.access_token);
  assert.deepEqual(gone, { active: false });
});

test('RFC 8414 discovery leads to the same endpoints', async () => {
  const plain = await register({}, 'oauth2');
  assert.deepEqual(plain.serverMetadata().token_endpoint, config.serverMetadata().token_endpoint);
  const tokens = await login(plain);
  assert.ok(tokens.id_token);
});

test('each client authentication method works as registered', async () => {
  for (const method of ['client_secret_post', 'client_secret_basic', 'none']) {
    const registered = await register({ token_endpoint_auth_method: method });
    assert.equal(registered.clientMetadata().token_endpoint_auth_method, method);
    const tokens = await login(registered);
    assert.ok(tokens.access_token, method);
  }
});

test('ID tokens come in the registered algorithm', async () => {
  for (const alg of ['RS256', 'ES256']) {
    const registered = await register({ id_token_signed_response_alg: alg });
    const tokens = await login(registered);
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
    assert.equal(header.alg, alg);
  }
});

test('a resource indicator is honoured, and an unknown one is refused', async () => {
  const tokens = await login(config, { resource: notes });
  const listed = await client.fetchProtectedResource(config, tokens.access_token, new URL(notes), 'GET');
  assert.equal(listed.status, 200);
  const { callback, checks } = await authorize(config, { resource: `${resource}/nowhere` });
  await assert.rejects(client.authorizationCodeGrant(config, callback, checks), { error: 'invalid_target' });
});

test('a wrong verifier is invalid_grant', async () => {
  const { callback, checks } = await authorize(config);
  const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await refuses(client.authorizationCodeGrant(config, callback, wrong), 'invalid_grant', 400);
});

test('a code works once, and its replay ends what it gave', async () => {
  const { callback, checks } = await authorize(config);
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  await refuses(client.authorizationCodeGrant(config, callback, checks), 'invalid_grant', 400);
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
});

test('a refresh token that was rotated away takes its family with it', async () => {
  const first = await login(config);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  await refuses(client.refreshTokenGrant(config, first.refresh_token), 'invalid_grant', 400);
  await refuses(client.refreshTokenGrant(config, second.refresh_token), 'invalid_grant', 400);
});

test('a wrong secret is invalid_client', async () => {
  const { callback, checks } = await authorize(config);
  const { client_id: id } = config.clientMetadata();
  for (const method of [client.ClientSecretBasic('wrong'), client.ClientSecretPost('wrong')]) {
    const impostor = new client.Configuration(config.serverMetadata(), id, {}, method);
    await refuses(client.authorizationCodeGrant(impostor, callback, checks), 'invalid_client', 401);
  }
});

test('a denied request is access_denied at the redirect URI, with state and iss', async () => {
  const { callback, checks } = await authorize(config, { decision: 'deny', prompt: 'consent' });
  assert.equal(callback.searchParams.get('iss'), issuer);
  await assert.rejects(client.authorizationCodeGrant(config, callback, checks), { error: 'access_denied' });
});

test('the metadata makes the library insist on iss', async () => {
  const { callback, checks } = await authorize(config);
  for (const iss of [null, 'https://evil.example']) {
    const altered = new URL(callback);
    iss ? altered.searchParams.set('iss', iss) : altered.searchParams.delete('iss');
    const refused = client.authorizationCodeGrant(config, altered, checks);
    await assert.rejects(refused, ({ cause }) => /"?iss"?/.test(cause.message));
  }
});

test('without PKCE the request is refused at the redirect URI', async () => {
  const url = client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope, state: 's' });
  const callback = await asAlice(url, redirectUri);
  assert.equal(callback.searchParams.get('error'), 'invalid_request');
  assert.equal(callback.searchParams.get('state'), 's');
});
