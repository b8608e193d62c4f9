// Pushed authorization requests (RFC 9126) and request objects (RFC 9101), made by openid-client.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as client from 'openid-client';
import { Browser } from './browser.mjs';
import { answerAsAlice, asAlice, initialAccessToken, issuer } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const scope = 'openid notes:read';
const generate = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);

/** A client with a key; the key signs its requests, and with `private_key_jwt` its assertions too. */
const register = async (method) => {
  const { publicKey, privateKey } = await generate();
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'one', use: 'sig', alg: 'ES256' };
  const authentications = {
    client_secret_basic: client.ClientSecretBasic(),
    client_secret_post: client.ClientSecretPost(),
    private_key_jwt: client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
    none: client.None(),
  };
  const config = await client.dynamicClientRegistration(
    new URL(issuer),
    {
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope,
      token_endpoint_auth_method: method,
      jwks: { keys: [jwk] },
    },
    authentications[method],
    { initialAccessToken, execute: [client.enableNonRepudiationChecks] },
  );
  return { config, key: { key: privateKey, kid: 'one' } };
};

const begin = async () => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { parameters, checks };
};

const names = (url) => [...url.searchParams.keys()].sort();

const finish = async (config, url, checks) => {
  const callback = await asAlice(url, redirectUri);
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  assert.ok(tokens.claims().sub);
};

/** The authorization endpoint shows a page of this status, and sends the browser nowhere. */
const shows = async (browser, url, status) => {
  const response = await browser.get(url);
  assert.equal(response.status, status);
  assert.equal(response.headers.get('location'), null);
  assert.match(response.headers.get('content-type'), /^text\/html/);
};

/** The library must report this RFC error: from the body, or from the challenge beside a 401. */
const refuses = (promise, error, status) =>
  assert.rejects(promise, (thrown) => {
    const reported = thrown.error ?? thrown.cause?.[0]?.parameters?.error;
    assert.deepEqual([reported, thrown.status], [error, status], thrown.stack);
    return true;
  });

let keyed;
before(async () => {
  keyed = await register('private_key_jwt');
});

for (const method of ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']) {
  test(`a request is pushed by a client of the method ${method}`, async () => {
    const { config } = await register(method);
    const { parameters, checks } = await begin();
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    assert.deepEqual(names(url), ['client_id', 'request_uri']);
    await finish(config, url, checks);
  });
}

test('a request is signed, and carried by value', async () => {
  const { config, key } = keyed;
  const { parameters, checks } = await begin();
  const url = await client.buildAuthorizationUrlWithJAR(config, parameters, key);
  assert.deepEqual(names(url), ['client_id', 'request']);
  await finish(config, url, checks);
});

test('a request is signed and pushed', async () => {
  const { config, key } = keyed;
  const { parameters, checks } = await begin();
  const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, key);
  const url = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams);
  assert.deepEqual(names(url), ['client_id', 'request_uri']);
  await finish(config, url, checks);
});

test('a reference is over once its request is answered, in the same browser too', async () => {
  const { config } = keyed;
  const { parameters, checks } = await begin();
  const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
  const browser = new Browser(issuer);
  const callback = await browser.visit(url, { until: redirectUri, decide: answerAsAlice });
  await shows(browser, url, 400);
  await shows(new Browser(issuer), url, 400);
  await client.authorizationCodeGrant(config, callback, checks);
});

test('a reference belongs to the client that pushed it', async () => {
  const other = await register('none');
  const { parameters, checks } = await begin();
  const url = await client.buildAuthorizationUrlWithPAR(keyed.config, parameters);
  const stolen = new URL(url);
  stolen.searchParams.set('client_id', other.config.clientMetadata().client_id);
  await shows(new Browser(issuer), stolen, 400);
  await finish(keyed.config, url, checks);
});

test('a push with a wrong secret is invalid_client, with a foreign redirect URI invalid_request', async () => {
  const { config } = await register('client_secret_basic');
  const { client_id: id } = config.clientMetadata();
  const impostor = new client.Configuration(config.serverMetadata(), id, {}, client.ClientSecretBasic('wrong'));
  const { parameters } = await begin();
  await refuses(client.buildAuthorizationUrlWithPAR(impostor, parameters), 'invalid_client', 401);
  const foreign = { ...parameters, redirect_uri: 'https://evil.example/callback' };
  await refuses(client.buildAuthorizationUrlWithPAR(config, foreign), 'invalid_request', 400);
});

const forgeries = {
  'a wrong key': async () => [{ key: (await generate()).privateKey, kid: 'one' }, {}],
  'a wrong audience': async () => [keyed.key, { aud: 'https://as.example' }],
  'an old date': async () => [keyed.key, { exp: 1 }],
  "another client's name": async () => [keyed.key, { iss: 'web' }],
};

for (const [what, forge] of Object.entries(forgeries)) {
  test(`a request object with ${what} is invalid_request_object, pushed or not`, async () => {
    const { config } = keyed;
    const { parameters } = await begin();
    const [key, claims] = await forge();
    const modify = { [client.modifyAssertion]: (_, all) => Object.assign(all, claims) };
    const url = await client.buildAuthorizationUrlWithJAR(config, parameters, key, modify);
    const pushed = client.buildAuthorizationUrlWithPAR(config, url.searchParams);
    await refuses(pushed, 'invalid_request_object', 400);
    // The redirect URI beside a bad object is registered, so that the client may be told there.
    url.searchParams.set('redirect_uri', redirectUri);
    const callback = await asAlice(url, redirectUri);
    assert.equal(callback.searchParams.get('error'), 'invalid_request_object');
    assert.equal(callback.searchParams.get('code'), null);
  });
}
