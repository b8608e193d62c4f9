// FAPI 2.0 Security Profile §5.3 from end to end, by openid-client and oauth4webapi: pushed requests,
// private_key_jwt with DPoP, and mutual TLS with certificate-bound tokens; then what must not pass.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import * as dpop from 'dpop';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { asAlice, initialAccessToken, issuer, notes } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const scope = 'openid notes:read';
const common = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
  scope,
};

let as;
let keys;
let keyed;
let pair;
let DPoP;

/** A client whose own key makes its assertions and signs its requests. */
const registerKeyed = async () => {
  keys = await oauth.generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await jose.exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  return client.dynamicClientRegistration(
    new URL(issuer),
    { ...common, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
    client.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' }),
    { initialAccessToken, execute: [client.enableNonRepudiationChecks] });
};

before(async () => {
  keyed = await registerKeyed();
  as = keyed.serverMetadata();
  pair = await client.randomDPoPKeyPair('ES256');
  DPoP = client.getDPoPHandle(keyed, pair);
});

const begin = async (extra = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: redirectUri, response_type: 'code', scope, state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256', ...extra,
  };
  const checks = {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  };
  return { parameters, checks };
};

const carriesAReference = (url) =>
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);

/** The whole flow: push, code, API, userinfo, refresh, introspection, revocation. */
const wholeFlow = async (config, { url, checks, options = {}, type, confirmation }) => {
  carriesAReference(url);
  const callback = await asAlice(url, redirectUri);
  assert.equal(callback.searchParams.get('iss'), issuer);
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, options);
  assert.equal(tokens.token_type, type);
  const call = (token) => client.fetchProtectedResource(
    config, token, new URL(notes), 'GET', undefined, undefined, options);
  assert.equal((await call(tokens.access_token)).status, 200);
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, options)).sub, sub);
  // No rotation: the old one is good again and again (§5.3.2.1).
  for (let time = 0; time < 2; time += 1) {
    const again = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
    assert.ok([undefined, tokens.refresh_token].includes(again.refresh_token));
    assert.equal((await call(again.access_token)).status, 200);
  }
  const state = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(state.active, true);
  assert.deepEqual(Object.keys(state.cnf), [confirmation]);
  await client.tokenRevocation(config, tokens.access_token);
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
};

test('openid-client: private_key_jwt, PAR, PKCE, DPoP, the API, refresh and introspection', async () => {
  const { parameters, checks } = await begin();
  const options = { DPoP };
  const url = await client.buildAuthorizationUrlWithPAR(keyed, parameters, options);
  await wholeFlow(keyed, { url, checks, options, type: 'dpop', confirmation: 'jkt' });
});

test('openid-client: the same with a signed request', async () => {
  const { parameters, checks } = await begin();
  const options = { DPoP };
  const signed = await client.buildAuthorizationUrlWithJAR(
    keyed, parameters, { key: keys.privateKey, kid: 'one' });
  const url = await client.buildAuthorizationUrlWithPAR(keyed, signed.searchParams, options);
  await wholeFlow(keyed, { url, checks, options, type: 'dpop', confirmation: 'jkt' });
});

test('oauth4webapi: a pushed code for one key is redeemed with that key', async () => {
  const app = { client_id: keyed.clientMetadata().client_id };
  const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' });
  const handle = oauth.DPoP(app, await oauth.generateKeyPair('ES256'));
  const retried = async (send, receive) => {
    try {
      return await receive(await send());
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return receive(await send());
    }
  };
  const { parameters, checks } = await begin({ dpop_jkt: await handle.calculateThumbprint() });
  const pushed = await retried(
    () => oauth.pushedAuthorizationRequest(
      as, app, authentication, new URLSearchParams(parameters), { DPoP: handle }),
    (response) => oauth.processPushedAuthorizationResponse(as, app, response));
  assert.ok(pushed.expires_in < 600);
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: app.client_id, request_uri: pushed.request_uri });
  const callback = oauth.validateAuthResponse(
    as, app, await asAlice(url, redirectUri), checks.expectedState);
  const tokens = await retried(
    () => oauth.authorizationCodeGrantRequest(
      as, app, authentication, callback, redirectUri, checks.pkceCodeVerifier, { DPoP: handle }),
    (response) => oauth.processAuthorizationCodeResponse(
      as, app, response, { expectedNonce: checks.expectedNonce, requireIdToken: true }));
  assert.equal(tokens.token_type, 'dpop');
});

// Node's fetch shows no certificates; its https does.
const over = (identity) => (url, { method = 'GET', headers, body } = {}) =>
  new Promise((resolve, reject) => {
    const plain = headers ? Object.fromEntries(new Headers(headers)) : {};
    const init = { method, headers: plain, agent: false, ...identity };
    const request = https.request(url, init, (response) => {
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
const identity = (name) => {
  const run = ['ca', 'client', name, '--dir', folder, '--self-signed'];
  execFileSync('oauthlab', run, { encoding: 'utf8' });
  const read = (ending) => readFileSync(join(folder, `${name}.${ending}`), 'utf8');
  return { cert: read('crt'), key: read('key') };
};

/** The library must report this RFC error: from the body, or from the challenge beside a 401. */
const refuses = (promise, error, status) =>
  assert.rejects(promise, (thrown) => {
    const reported = thrown.error ?? thrown.cause?.[0]?.parameters?.error;
    assert.deepEqual([reported, thrown.status], [error, status], thrown.stack);
    return true;
  });

test('openid-client: mutual TLS, PAR, PKCE, certificate-bound tokens, and no other certificate', async () => {
  const own = identity('own');
  const jwk = await jose.exportJWK(await jose.importX509(own.cert, 'ES256'));
  const x5c = [own.cert.replace(/-----[A-Z ]+-----|\s/g, '')];
  const config = await client.dynamicClientRegistration(
    new URL(issuer),
    {
      ...common,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      jwks: { keys: [{ ...jwk, x5c }] },
    },
    client.TlsClientAuth(), { initialAccessToken });
  config[client.customFetch] = over(own);
  const { parameters, checks } = await begin();
  const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
  await wholeFlow(config, { url, checks, type: 'bearer', confirmation: 'x5t#S256' });

  const ask = () => client.clientCredentialsGrant(config, { scope: 'notes:read' });
  const token = (await ask()).access_token;
  const call = (shown) => over(shown)(notes, { headers: { authorization: `Bearer ${token}` } });
  // A machine has no notes: its token was taken.
  assert.equal((await (await call(own)).json()).error, 'insufficient_scope');
  for (const shown of [{}, identity('other')]) {
    const response = await call(shown);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate'), /error="invalid_token"/);
  }
  config[client.customFetch] = over(identity('thief'));
  await refuses(ask(), 'invalid_client', 401);
});

// What must not pass.

test('a request that was not pushed is refused, at the redirect URI', async () => {
  const { parameters } = await begin();
  const callback = await asAlice(client.buildAuthorizationUrl(keyed, parameters), redirectUri);
  assert.equal(callback.searchParams.get('error'), 'invalid_request');
  assert.equal(callback.searchParams.get('code'), null);
});

test('a push is refused without authentication, without PKCE, and with another response type', async () => {
  const { client_id: id } = keyed.clientMetadata();
  const { parameters } = await begin();
  const bare = await fetch(as.pushed_authorization_request_endpoint, {
    method: 'POST', body: new URLSearchParams({ ...parameters, client_id: id }),
  });
  assert.deepEqual([bare.status, (await bare.json()).error], [401, 'invalid_client']);
  const { code_challenge: _, code_challenge_method: __, ...open } = parameters;
  await refuses(client.buildAuthorizationUrlWithPAR(keyed, open), 'invalid_request', 400);
  for (const type of ['token', 'code id_token']) {
    const other = { ...parameters, response_type: type };
    await refuses(client.buildAuthorizationUrlWithPAR(keyed, other), 'unsupported_response_type', 400);
  }
});

test('a token without a proof is refused, and so is one of a proof without it', async () => {
  const { parameters, checks } = await begin();
  const url = await client.buildAuthorizationUrlWithPAR(keyed, parameters);
  const callback = await asAlice(url, redirectUri);
  await refuses(client.authorizationCodeGrant(keyed, callback, checks), 'invalid_request', 400);
  const redeem = () => client.authorizationCodeGrant(keyed, callback, checks, undefined, { DPoP });
  const token = (await redeem()).access_token;
  for (const [scheme, error] of [['Bearer', 'invalid_token'], ['DPoP', 'invalid_dpop_proof']]) {
    const response = await fetch(notes, { headers: { authorization: `${scheme} ${token}` } });
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate'), new RegExp(`error="${error}"`));
  }
  // And a code works once.
  await refuses(redeem(), 'invalid_grant', 400);
});

const asserted = async (claims, { alg = 'ES256', key = keys.privateKey, proof } = {}) => {
  const { client_id: id } = keyed.clientMetadata();
  const now = Math.floor(Date.now() / 1000);
  const own = { iss: id, sub: id, aud: issuer, iat: now, exp: now + 60, jti: crypto.randomUUID() };
  const jwt = new jose.SignJWT({ ...own, ...claims }).setProtectedHeader({ alg, kid: 'one' });
  const response = await fetch(as.token_endpoint, {
    method: 'POST',
    headers: proof ? { dpop: proof } : {},
    body: new URLSearchParams({
      grant_type: 'client_credentials', scope: 'notes:read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await jwt.sign(key),
    }),
  });
  const nonce = response.headers.get('dpop-nonce') ?? undefined;
  return { status: response.status, nonce, ...(await response.json()) };
};

test('an assertion by RS256, or for the token endpoint, is refused', async () => {
  const rsa = await oauth.generateKeyPair('RS256');
  for (const refusal of [
    await asserted({}, { alg: 'RS256', key: rsa.privateKey }),
    await asserted({ aud: as.token_endpoint }),
    await asserted({ aud: [issuer] }),
  ]) {
    assert.deepEqual([refusal.status, refusal.error], [401, 'invalid_client']);
  }
});

test('a proof is good once', async () => {
  const make = (nonce) => dpop.generateProof(pair, as.token_endpoint, 'POST', nonce);
  const { nonce } = await asserted({}, { proof: await make() });
  const proof = await make(nonce);
  const first = await asserted({}, { proof });
  assert.deepEqual([first.status, first.token_type], [200, 'DPoP']);
  const second = await asserted({}, { proof });
  assert.deepEqual([second.status, second.error], [400, 'invalid_dpop_proof']);
});

test('a built-in client works with its key of the live record', async () => {
  const live = JSON.parse(readFileSync(process.env.OAUTHLAB_STATE, 'utf8'));
  const key = await jose.importPKCS8(live.client_keys.ci.private_key, 'ES256');
  const config = await client.discovery(new URL(issuer), 'ci', {}, client.PrivateKeyJwt(key));
  const handle = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  const tokens = await client.clientCredentialsGrant(config, { scope: 'notes:read' }, { DPoP: handle });
  assert.equal(tokens.token_type, 'dpop');
});
