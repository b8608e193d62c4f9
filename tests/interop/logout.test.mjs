// A relying party that somebody else wrote logs its user out: openid-client builds the request, and
// jose judges the logout token that the lab posts to it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as client from 'openid-client';
import { Browser, forms } from './browser.mjs';
import { answerAsAlice, initialAccessToken, issuer } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const goodbye = 'https://rp.example/goodbye?from=lab';

// The back-channel endpoint of the relying party.
const posts = [];
let posted = () => {};
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  posts.push({ method: request.method, type: request.headers['content-type'], body });
  response.writeHead(200, { 'cache-control': 'no-store' }).end();
  posted();
});

let config;
let keys;
before(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const backchannel = `http://127.0.0.1:${receiver.address().port}/backchannel`;
  const metadata = {
    client_name: 'logout interop',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [goodbye],
    backchannel_logout_uri: backchannel,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  };
  const options = { algorithm: 'oidc', initialAccessToken };
  config = await client.dynamicClientRegistration(new URL(issuer), metadata, client.ClientSecretBasic(), options);
  assert.equal(config.clientMetadata().backchannel_logout_uri, backchannel);
  keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
});
after(() => receiver.close());

const login = async (browser) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    state,
    nonce,
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await browser.visit(url, { until: redirectUri, decide: answerAsAlice });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return client.authorizationCodeGrant(config, callback, checks);
};

const nextPost = async () => {
  if (posts.length === 0) await new Promise((resolve) => { posted = resolve; });
  return posts.shift();
};

const endSession = (parameters) => client.buildEndSessionUrl(config, parameters);

test('the user is logged out, sent back with the state, and the relying party is told', async () => {
  const browser = new Browser(issuer);
  const tokens = await login(browser);
  const url = endSession({ id_token_hint: tokens.id_token, post_logout_redirect_uri: goodbye, state: 'the state' });
  const left = await browser.get(url);
  assert.equal(left.status, 303);
  assert.equal(left.headers.get('location'), `${goodbye}&state=the+state`);

  const { method, type, body } = await nextPost();
  assert.equal(method, 'POST');
  assert.equal(type, 'application/x-www-form-urlencoded');
  const parameters = new URLSearchParams(body);
  assert.deepEqual([...parameters.keys()], ['logout_token']);
  const { client_id: audience } = config.clientMetadata();
  const expected = { issuer, audience, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti', 'sid', 'events'] };
  const token = parameters.get('logout_token');
  const { payload } = await jose.jwtVerify(token, keys, expected);
  assert.equal(payload.sub, tokens.claims().sub);
  assert.equal(payload.sid, tokens.claims().sid);
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
  assert.equal('nonce' in payload, false);

  // Its failure twins: it is no ID token, and not meant for another client.
  await assert.rejects(jose.jwtVerify(token, keys, { ...expected, typ: 'JWT' }), jose.errors.JWTClaimValidationFailed);
  await assert.rejects(jose.jwtVerify(token, keys, { ...expected, audience: 'other' }), jose.errors.JWTClaimValidationFailed);

  // What was not meant to outlive the session is over.
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant', status: 400 });
});

test('a URI that is not registered is no way out, and nobody is logged out', async () => {
  const browser = new Browser(issuer);
  const tokens = await login(browser);
  for (const uri of ['https://evil.example/', `${goodbye}&more=1`, 'https://rp.example/goodbye']) {
    const refused = await browser.get(endSession({ id_token_hint: tokens.id_token, post_logout_redirect_uri: uri }));
    assert.equal(refused.status, 400);
    assert.equal(refused.headers.get('location'), null);
  }
  await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(posts.length, 0);
});

test('a hint that somebody tampered with is refused', async () => {
  const browser = new Browser(issuer);
  const tokens = await login(browser);
  const [header, payload] = tokens.id_token.split('.');
  const { privateKey } = await jose.generateKeyPair('ES256');
  const forged = await new jose.SignJWT(jose.decodeJwt(tokens.id_token))
    .setProtectedHeader(jose.decodeProtectedHeader(tokens.id_token).alg === 'ES256' ? JSON.parse(Buffer.from(header, 'base64url')) : { alg: 'ES256', typ: 'JWT' })
    .sign(privateKey);
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  for (const hint of [forged, unsigned]) {
    const refused = await browser.get(endSession({ id_token_hint: hint, post_logout_redirect_uri: goodbye }));
    assert.equal(refused.status, 400);
  }
});

test('without a hint the user is asked first', async () => {
  const browser = new Browser(issuer);
  await login(browser);
  const asked = await browser.get(endSession({ post_logout_redirect_uri: goodbye }));
  assert.equal(asked.status, 200);
  const [form] = forms(await asked.text());
  assert.deepEqual(form.buttons.map(({ value }) => value), ['logout', 'stay']);
  assert.equal(posts.length, 0);
  const url = endSession({ post_logout_redirect_uri: goodbye });
  const left = await browser.visit(url, { until: 'https://rp.example/goodbye', decide: () => ({ decision: 'logout' }) });
  assert.equal(left.href, goodbye);
  await nextPost();
});
