// DPoP (RFC 9449) as three libraries speak it: openid-client and oauth4webapi drive whole flows;
// `dpop` makes single proofs, so that each can be wrong in one way.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as dpop from 'dpop';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { asAlice, initialAccessToken, issuer, machine, notes } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
const scope = 'openid notes:read';
const tokenEndpoint = `${issuer}/token`;
let config;
let keys;

before(async () => {
  config = await client.dynamicClientRegistration(
    new URL(issuer),
    {
      client_name: 'public with DPoP',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    client.None(),
    { initialAccessToken },
  );
  keys = await dpop.generateKeyPair('ES256');
});

const authorize = async (extra = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { callback: await asAlice(url, redirectUri), verifier };
};

test('openid-client: code, refresh and API with one key, and with no other', async () => {
  const pair = await client.randomDPoPKeyPair('ES256');
  const DPoP = client.getDPoPHandle(config, pair);
  const jkt = await DPoP.calculateThumbprint();
  const { callback, verifier } = await authorize({ dpop_jkt: jkt });
  const tokens = await client.authorizationCodeGrant(
    config, callback, { pkceCodeVerifier: verifier, idTokenExpected: true }, undefined, { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  const { sub } = tokens.claims();
  const user = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
  assert.equal(user.sub, sub);
  const call = (token) => client.fetchProtectedResource(
    config, token, new URL(notes), 'GET', undefined, undefined, { DPoP });
  assert.equal((await call(tokens.access_token)).status, 200);

  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  await assert.rejects(
    client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: other }),
    { error: 'invalid_grant', status: 400 });
  await assert.rejects(
    client.refreshTokenGrant(config, tokens.refresh_token),
    { error: 'invalid_grant', status: 400 });
  const again = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(again.token_type, 'dpop');
  assert.equal((await call(again.access_token)).status, 200);
});

test('oauth4webapi: a code that was announced for one key is redeemed with no other', async () => {
  const as = config.serverMetadata();
  const app = { client_id: config.clientMetadata().client_id };
  const pair = await oauth.generateKeyPair('ES256');
  const handle = oauth.DPoP(app, pair);
  const { callback, verifier } = await authorize({ dpop_jkt: await handle.calculateThumbprint() });
  const parameters = oauth.validateAuthResponse(as, app, callback, oauth.expectNoState);
  const redeem = async (DPoP) => {
    const send = () => oauth.authorizationCodeGrantRequest(
      as, app, oauth.None(), parameters, redirectUri, verifier, { DPoP });
    try {
      return await oauth.processAuthorizationCodeResponse(as, app, await send());
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return oauth.processAuthorizationCodeResponse(as, app, await send());
    }
  };
  const thief = oauth.DPoP(app, await oauth.generateKeyPair('ES256'));
  await assert.rejects(redeem(thief), { error: 'invalid_grant', status: 400 });
  const tokens = await redeem(handle);
  assert.equal(tokens.token_type, 'dpop');
});

// From here on each proof is made alone.

const basic = `Basic ${Buffer.from(`${machine.id}:${machine.secret}`).toString('base64')}`;

const ask = (proof) => fetch(tokenEndpoint, {
  method: 'POST',
  headers: { authorization: basic, ...(proof && { dpop: proof }) },
  body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'notes:read' }),
});

/** The nonce of the token endpoint, or none where none is wanted. */
const nonceOf = async (answer) => (await answer).headers.get('dpop-nonce') ?? undefined;
const tokenNonce = async () =>
  nonceOf(ask(await dpop.generateProof(keys, tokenEndpoint, 'POST')));

const bound = async (nonce) => {
  const answer = await ask(await dpop.generateProof(keys, tokenEndpoint, 'POST', nonce));
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  assert.equal(body.token_type, 'DPoP');
  return body.access_token;
};

const call = (token, proof, scheme = 'DPoP') => fetch(notes, {
  headers: { authorization: `${scheme} ${token}`, ...(proof && { dpop: proof }) },
});

const refusedAsk = async (proof, error) => {
  const answer = await ask(proof);
  assert.equal(answer.status, 400);
  assert.equal((await answer.json()).error, error);
};

const refusedCall = async (answer, error, scheme = 'DPoP') => {
  assert.equal(answer.status, 401);
  assert.equal((await answer.json()).error, error);
  const challenge = answer.headers.get('www-authenticate');
  assert.ok(challenge.startsWith(`${scheme} error="${error}"`), challenge);
  assert.match(challenge, /algs="[^"]*ES256/);
};

test('the token endpoint refuses every proof that is wrong in one way', async () => {
  const nonce = await tokenNonce();
  const make = (htu, htm, more) => dpop.generateProof(keys, htu, htm, nonce, undefined, more);
  await refusedAsk(await make(`${issuer}/userinfo`, 'POST'), 'invalid_dpop_proof');
  await refusedAsk(await make(tokenEndpoint, 'GET'), 'invalid_dpop_proof');
  await refusedAsk('not.a.proof', 'invalid_dpop_proof');
  const proof = await make(tokenEndpoint, 'POST');
  assert.equal((await ask(proof)).status, 200);
  await refusedAsk(proof, 'invalid_dpop_proof');
  if (nonce) {
    const stale = await dpop.generateProof(keys, tokenEndpoint, 'POST', 'made-up');
    await refusedAsk(stale, 'use_dpop_nonce');
  }
});

test('the API refuses every call that is wrong in one way', async () => {
  const token = await bound(await tokenNonce());
  const first = await call(token, await dpop.generateProof(keys, notes, 'GET', undefined, token));
  const nonce = first.headers.get('dpop-nonce') ?? undefined;
  if (nonce) await refusedCall(first, 'use_dpop_nonce');
  const make = (htu, htm, of = token, pair = keys) => dpop.generateProof(pair, htu, htm, nonce, of);
  await refusedCall(await call(token), 'invalid_dpop_proof');
  await refusedCall(await call(token, await make(`${notes}/x`, 'GET')), 'invalid_dpop_proof');
  await refusedCall(await call(token, await make(notes, 'POST')), 'invalid_dpop_proof');
  await refusedCall(
    await call(token, await dpop.generateProof(keys, notes, 'GET', nonce)), 'invalid_dpop_proof');
  const thief = await dpop.generateKeyPair('ES256');
  await refusedCall(await call(token, await make(notes, 'GET', token, thief)), 'invalid_token');
  await refusedCall(await call(token, undefined, 'Bearer'), 'invalid_token', 'Bearer');
  const unbound = (await (await ask()).json()).access_token;
  await refusedCall(await call(unbound, await make(notes, 'GET', unbound)), 'invalid_token');
});

test('a user with a bound token uses each proof once', async () => {
  const DPoP = client.getDPoPHandle(config, keys);
  const { callback, verifier } = await authorize();
  const tokens = await client.authorizationCodeGrant(
    config, callback, { pkceCodeVerifier: verifier, idTokenExpected: true }, undefined, { DPoP });
  const token = tokens.access_token;
  const nonce = await nonceOf(call(token, await dpop.generateProof(keys, notes, 'GET', 'x', token)));
  const proof = await dpop.generateProof(keys, notes, 'GET', nonce, token);
  assert.equal((await call(token, proof)).status, 200);
  await refusedCall(await call(token, proof), 'invalid_dpop_proof');
});

test('a proof at the PAR endpoint binds the code as dpop_jkt does', async () => {
  const as = config.serverMetadata();
  const app = { client_id: config.clientMetadata().client_id };
  const push = async (pair, extra = {}) => {
    const DPoP = oauth.DPoP(app, pair);
    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = new URLSearchParams({
      response_type: 'code', redirect_uri: redirectUri, scope,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...extra,
    });
    const send = async () => oauth.processPushedAuthorizationResponse(as, app,
      await oauth.pushedAuthorizationRequest(as, app, oauth.None(), parameters, { DPoP }));
    const { request_uri } = await send().catch((error) => {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return send();
    });
    const url = new URL(as.authorization_endpoint);
    url.searchParams.set('client_id', app.client_id);
    url.searchParams.set('request_uri', request_uri);
    return { callback: await asAlice(url, redirectUri), verifier };
  };
  const redeem = (pair, { callback, verifier }) => client.authorizationCodeGrant(
    config, callback, { pkceCodeVerifier: verifier, idTokenExpected: true }, undefined,
    { DPoP: client.getDPoPHandle(config, pair) });
  const [own, other] = [await oauth.generateKeyPair('ES256'), await oauth.generateKeyPair('ES256')];
  await assert.rejects(redeem(other, await push(own)), { error: 'invalid_grant', status: 400 });
  assert.equal((await redeem(own, await push(own))).token_type, 'dpop');
  const dpop_jkt = await oauth.DPoP(app, other).calculateThumbprint();
  await assert.rejects(push(own, { dpop_jkt }), { error: 'invalid_request', status: 400 });
});
