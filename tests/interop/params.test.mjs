// Parameters of the authorization endpoint, judged by libraries that somebody else wrote: openid-client
// and oauth4webapi. Runs under the profiles oauth2.1 and legacy, which tell their response types apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { Browser } from './browser.mjs';
import { answerAsAlice, asAlice, initialAccessToken, issuer, notes } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const gold = 'urn:example:gold';
const base = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  scope: 'openid email notes:read',
  token_endpoint_auth_method: 'client_secret_basic',
};

const as = await oauth
  .discoveryRequest(new URL(issuer))
  .then((response) => oauth.processDiscoveryResponse(new URL(issuer), response));
const legacy = as.response_types_supported.includes('code id_token');
const underLegacy = { skip: legacy ? false : 'the profile has no such response types' };

const register = (changes = {}) =>
  client.dynamicClientRegistration(new URL(issuer), { ...base, ...changes }, client.ClientSecretBasic(), {
    initialAccessToken,
    execute: [client.enableNonRepudiationChecks],
  });

const begin = async (parameters = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const sent = {
    redirect_uri: redirectUri,
    scope: 'openid notes:read',
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  };
  return { sent, state, nonce, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } };
};

const authorize = async (config, parameters, visit = asAlice) => {
  const run = await begin(parameters);
  const callback = await visit(client.buildAuthorizationUrl(config, run.sent), redirectUri);
  return { ...run, callback };
};

/** The parameters of an answer, wherever it carries them. */
const answered = async (callback) => {
  if (!(callback instanceof URL)) return new URLSearchParams(await callback.clone().text());
  return callback.hash ? new URLSearchParams(callback.hash.slice(1)) : callback.searchParams;
};

const of = (config) => ({ client_id: config.clientMetadata().client_id });

/** The endpoint answers with this error and the state. */
const refuses = async (config, parameters, error) => {
  const { callback, state } = await authorize(config, parameters);
  const got = await answered(callback);
  assert.deepEqual([got.get('error'), got.get('state')], [error, state]);
  assert.equal(got.get('code'), null);
  assert.throws(() => oauth.validateAuthResponse(as, of(config), got, state), { error });
};

const swapped = (jwt, change) => {
  const [header, payload, signature] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const forged = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
  return `${header}.${forged}.${signature}`;
};

const plain = await register();

test('openid-client reads a signed answer and redeems its code', async () => {
  const config = await register();
  client.useJwtResponseMode(config);
  const { callback, checks } = await authorize(config);
  assert.deepEqual([...callback.searchParams.keys()], ['response']);
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  assert.ok(tokens.claims().sub);
});

for (const mode of ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt']) {
  test(`oauth4webapi verifies the response mode ${mode}, and none of its forgeries`, async () => {
    const { callback, state } = await authorize(plain, { response_mode: mode });
    const parameters = await answered(callback);
    const validate = (response, { id = of(plain), server = as, expected = state } = {}) =>
      oauth.validateJwtAuthResponse(server, id, new URLSearchParams({ response }), expected);
    const response = parameters.get('response');
    const got = await validate(response);
    assert.ok(got.get('code'));
    await assert.rejects(validate(response, { expected: 'another' }), /"state"/);
    await assert.rejects(validate(response, { id: { client_id: 'another' } }), /"aud"/);
    await assert.rejects(validate(response, { server: { ...as, issuer: 'https://evil.example' } }), /"iss"/);
    await assert.rejects(validate(response, { id: { ...of(plain), [oauth.clockSkew]: 700 } }), /"exp"/);
    await assert.rejects(validate(swapped(response, { code: 'stolen' })), /signature/i);
  });
}

test('an error is signed as well', async () => {
  const { callback, state } = await authorize(plain, { response_mode: 'jwt', scope: 'openid nothing' });
  const refused = oauth.validateJwtAuthResponse(as, of(plain), callback, state);
  await assert.rejects(refused, { error: 'invalid_scope' });
});

test('an answer in a form is taken, and its code alone is good', async () => {
  const { callback, state, checks } = await authorize(plain, { response_mode: 'form_post' });
  const got = oauth.validateAuthResponse(as, of(plain), await answered(callback), state);
  const url = new URL(`${redirectUri}?${got}`);
  const tokens = await client.authorizationCodeGrant(plain, url, checks);
  assert.ok(tokens.access_token);
  await assert.rejects(client.authorizationCodeGrant(plain, url, checks), { error: 'invalid_grant' });
  await refuses(plain, { response_mode: 'smoke' }, 'invalid_request');
});

test('the claims parameter asks for members of the ID token and of userinfo', async () => {
  const claims = { id_token: { email: { essential: true } }, userinfo: { email: null } };
  const { callback, checks } = await authorize(plain, { scope: 'openid', claims: JSON.stringify(claims) });
  const tokens = await client.authorizationCodeGrant(plain, callback, checks);
  const { sub, email } = tokens.claims();
  assert.equal(email, 'alice@example.com');
  assert.equal((await client.fetchUserInfo(plain, tokens.access_token, sub)).email, email);
  // Nobody gets what was not asked for.
  const bare = await authorize(plain, { scope: 'openid' });
  const other = await client.authorizationCodeGrant(plain, bare.callback, bare.checks);
  assert.equal(other.claims().email, undefined);
  assert.equal((await client.fetchUserInfo(plain, other.access_token, sub)).email, undefined);
});

test('claims that are no JSON object are refused', async () => {
  await refuses(plain, { claims: '[]' }, 'invalid_request');
});

test('a way of authentication that nobody has is left out, unless it is essential', async () => {
  const { callback, checks } = await authorize(plain, { acr_values: gold });
  const tokens = await client.authorizationCodeGrant(plain, callback, checks);
  assert.notEqual(tokens.claims().acr, gold);
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [gold] } } });
  await refuses(plain, { claims }, 'unmet_authentication_requirements');
});

test('max_age brings auth_time, and a login that is too old is made again', async () => {
  const browser = new Browser(issuer);
  let logins = 0;
  const decide = (form) => {
    logins += form.names.includes('password') ? 1 : 0;
    return answerAsAlice(form);
  };
  const visit = (url) => browser.visit(url, { until: redirectUri, decide });
  const first = await authorize(plain, { max_age: '3600' }, visit);
  const tokens = await client.authorizationCodeGrant(plain, first.callback, { ...first.checks, maxAge: 3600 });
  const before = tokens.claims().auth_time;
  assert.equal(typeof before, 'number');
  await authorize(plain, { max_age: '3600' }, visit);
  assert.equal(logins, 1, 'the login is new enough');
  const again = await authorize(plain, { max_age: '0' }, visit);
  assert.equal(logins, 2);
  const second = await client.authorizationCodeGrant(plain, again.callback, { ...again.checks, maxAge: 30 });
  assert.ok(second.claims().auth_time >= before);
  await refuses(plain, { max_age: 'soon' }, 'invalid_request');
});

test('an old login is no new one, as the library sees it', async () => {
  const { callback, checks } = await authorize(plain, { max_age: '3600' });
  const { client_secret: secret, ...metadata } = plain.clientMetadata();
  const later = new client.Configuration(
    plain.serverMetadata(),
    metadata.client_id,
    { ...metadata, [client.clockSkew]: 120 },
    client.ClientSecretBasic(secret),
  );
  await assert.rejects(client.authorizationCodeGrant(later, callback, { ...checks, maxAge: 10 }), ({ cause }) =>
    /too much time has elapsed/.test(cause.message));
});

const reading = [{ type: 'notes_access', actions: ['read'] }];

test('authorization details come back with the token and in its introspection', async () => {
  const config = await register({ authorization_details_types: ['notes_access'] });
  const { callback, checks } = await authorize(config, {
    scope: 'openid',
    authorization_details: JSON.stringify(reading),
  });
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  assert.deepEqual(tokens.authorization_details, reading);
  const told = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([told.active, told.authorization_details], [true, reading]);
  const call = (method, body) =>
    fetch(notes, { method, body, headers: { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' } });
  assert.equal((await call('GET')).status, 200);
  assert.equal((await call('POST', '{"text":"x"}')).status, 403);
});

test('details are refused that nobody knows, or that the client is not registered for', async () => {
  const error = 'invalid_authorization_details';
  await refuses(plain, { authorization_details: JSON.stringify(reading) }, error);
  const config = await register({ authorization_details_types: ['notes_access'] });
  await refuses(config, { authorization_details: JSON.stringify([{ type: 'payment' }]) }, error);
  await refuses(config, { authorization_details: '{}' }, error);
});

if (!legacy) {
  for (const type of ['code id_token', 'id_token', 'code token', 'id_token token', 'code id_token token', 'token']) {
    test(`the response type ${type} is refused`, async () => {
      await refuses(plain, { response_type: type }, 'unsupported_response_type');
      const registering = register({ grant_types: ['authorization_code', 'implicit'], response_types: [type] });
      await assert.rejects(registering, { error: 'invalid_client_metadata' });
    });
  }
}

const front = (type, more = {}) =>
  register({ grant_types: ['authorization_code', 'implicit'], response_types: [type], ...more });

test('hybrid: the ID token is a signature over the code beside it', underLegacy, async () => {
  const config = await front('code id_token');
  client.useCodeIdTokenResponseType(config);
  for (const mode of ['fragment', 'form_post']) {
    const { callback, state, nonce, checks } = await authorize(config, { response_mode: mode });
    const parameters = await answered(callback);
    const validate = (changes = {}, { nonce: n = nonce, state: s = state } = {}) => {
      const altered = new URLSearchParams({ ...Object.fromEntries(parameters), ...changes });
      return oauth.validateCodeIdTokenResponse(as, of(config), altered, n, s);
    };
    await validate();
    const token = parameters.get('id_token');
    await assert.rejects(validate({ code: 'stolen' }), /"c_hash"/);
    await assert.rejects(validate({}, { nonce: 'another' }), /"nonce"/);
    await assert.rejects(validate({}, { state: 'another' }), /"state"/);
    await assert.rejects(validate({ id_token: swapped(token, { sub: 'mallory' }) }), /signature/i);
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    assert.ok(tokens.claims().sub);
  }
});

test('implicit: an ID token alone logs Alice in', underLegacy, async () => {
  const config = await front('id_token', { grant_types: ['implicit'] });
  client.useIdTokenResponseType(config);
  for (const mode of ['fragment', 'form_post']) {
    const { callback, state, nonce } = await authorize(config, { response_mode: mode, scope: 'openid email' });
    const again = () => (callback instanceof URL ? callback : callback.clone());
    const claims = await client.implicitAuthentication(config, again(), nonce, { expectedState: state });
    assert.equal(claims.email, 'alice@example.com', 'nothing else can tell it');
    const refused = (n, s) => client.implicitAuthentication(config, again(), n, { expectedState: s });
    await assert.rejects(refused('another', state), ({ cause, message }) => /nonce/.test(cause?.message ?? message));
    await assert.rejects(refused(nonce, 'another'), ({ cause, message }) => /state/.test(cause?.message ?? message));
  }
});

test('front-channel answers are refused in a query, without nonce, and to clients that never asked', underLegacy, async () => {
  const config = await front('id_token', { grant_types: ['implicit'] });
  await refuses(config, { response_type: 'id_token', response_mode: 'query' }, 'invalid_request');
  await refuses(config, { response_type: 'id_token', nonce: '' }, 'invalid_request');
  await refuses(plain, { response_type: 'id_token' }, 'unauthorized_client');
});

test('a client that wants bound tokens gets no bearer token in the front channel', underLegacy, async () => {
  const config = await front('id_token token', { grant_types: ['implicit'], dpop_bound_access_tokens: true });
  await refuses(config, { response_type: 'id_token token' }, 'unauthorized_client');
});
