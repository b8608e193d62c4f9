// The lab's keys as jose and oauth4webapi see them: rotation with overlap, and signed introspection.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { issuer, machine } from './lab.mjs';

let as;
const client = { client_id: machine.id };
const auth = oauth.ClientSecretBasic(machine.secret);
before(async () => {
  const url = new URL(issuer);
  as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
});

const jwks = async () => (await fetch(as.jwks_uri)).json();
const token = async () => {
  const parameters = new URLSearchParams({ scope: 'notes:read' });
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, parameters);
  return (await oauth.processClientCredentialsResponse(as, client, response)).access_token;
};
const keys = (...arguments_) =>
  JSON.parse(execFileSync('oauthlab', ['keys', ...arguments_, '-o', 'json']));
const kid = (jwt) => decodeProtectedHeader(jwt).kid;

test('the key set may be kept for a minute, by anyone', async () => {
  const { headers } = await fetch(as.jwks_uri);
  assert.equal(headers.get('cache-control'), 'public, max-age=60');
});

test('after a rotation old tokens verify, new ones have the new key, and a kept key set recovers', async () => {
  const remote = createRemoteJWKSet(new URL(as.jwks_uri), { cooldownDuration: 0 });
  const old = await token();
  await jwtVerify(old, remote, { issuer });
  const view = keys('rotate', '--alg', 'ES256');
  const states = view.keys.filter(({ alg }) => alg === 'ES256').map(({ state }) => state);
  assert.deepEqual(states, ['retired', 'signing']);
  const young = await token();
  assert.notEqual(kid(young), kid(old));
  // The kept key set has no such key: jose fetches it again.
  await jwtVerify(young, remote, { issuer });
  await jwtVerify(old, remote, { issuer });
});

test('an announced key is published, and does not sign yet', async () => {
  const before_ = kid(await token());
  const view = keys('rotate', '--alg', 'ES256', '--announce');
  const announced = view.keys.find(({ state }) => state === 'announced');
  assert.ok((await jwks()).keys.some(({ kid: one }) => one === announced.kid));
  assert.equal(kid(await token()), before_);
});

const introspect = (subject, credentials = auth) =>
  oauth.introspectionRequest(as, client, credentials, subject, { requestJwtResponse: true });

test('introspection is signed for the caller when asked (RFC 9701)', async () => {
  const access = await token();
  const response = await introspect(access);
  assert.equal(response.headers.get('content-type'), 'application/token-introspection+jwt');
  const signed = await response.clone().text();
  assert.equal(decodeProtectedHeader(signed).typ, 'token-introspection+jwt');
  const claims = decodeJwt(signed);
  assert.equal(claims.aud, machine.id);
  assert.ok(!('sub' in claims) && !('exp' in claims));
  const wanted = { ...client, introspection_signed_response_alg: 'RS256' };
  const answer = await oauth.processIntrospectionResponse(as, wanted, response);
  assert.equal(answer.active, true);
  assert.equal(answer.client_id, machine.id);
  await jwtVerify(signed, createLocalJWKSet(await jwks()), { issuer, audience: machine.id });
});

test('a dead token is inactive there too, and a wrong secret gets no JWT', async () => {
  const response = await introspect('nonsense');
  const wanted = { ...client, introspection_signed_response_alg: 'RS256' };
  const answer = await oauth.processIntrospectionResponse(as, wanted, response);
  assert.deepEqual(answer, { active: false });
  const refused = await introspect('nonsense', oauth.ClientSecretBasic('wrong'));
  assert.equal(refused.status, 401);
  assert.equal((await refused.json()).error, 'invalid_client');
});
