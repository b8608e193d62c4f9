// jose verifies our tokens with nothing but the published keys.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { asAlice, initialAccessToken, issuer, machine, notes } from './lab.mjs';

const redirectUri = 'https://rp.example/callback';
let jwks;
let keys;
before(async () => {
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: uri } = await discovery.json();
  jwks = await (await fetch(uri)).json();
  keys = createLocalJWKSet(jwks);
});

const tokensOf = async (alg) => {
  const config = await client.dynamicClientRegistration(new URL(issuer), {
    redirect_uris: [redirectUri],
    id_token_signed_response_alg: alg,
    token_endpoint_auth_method: 'client_secret_post',
  }, undefined, { initialAccessToken, execute: [client.enableNonRepudiationChecks] });
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid notes:read',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
  });
  const callback = await asAlice(url, redirectUri);
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce };
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  return { tokens, nonce, clientId: config.clientMetadata().client_id };
};

test('the key set is public, and each key names its use and algorithm', () => {
  const algorithms = jwks.keys.map(({ alg }) => alg);
  assert.ok(algorithms.includes('RS256') && algorithms.includes('ES256'), algorithms.join());
  for (const key of jwks.keys) {
    assert.equal(key.use, 'sig');
    assert.ok(key.kid);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key), secret);
  }
});

for (const alg of ['RS256', 'ES256']) {
  test(`ID token signed with ${alg}`, async () => {
    const { tokens, nonce, clientId } = await tokensOf(alg);
    const expected = { issuer, audience: clientId, algorithms: [alg], requiredClaims: ['sub', 'iat', 'exp'] };
    const { payload } = await jwtVerify(tokens.id_token, keys, expected);
    assert.equal(payload.nonce, nonce);
    if (payload.at_hash !== undefined) {
      const hash = createHash('sha256').update(tokens.access_token).digest();
      assert.equal(payload.at_hash, hash.subarray(0, 16).toString('base64url'));
    }
    const other = jwtVerify(tokens.id_token, keys, { ...expected, audience: 'someone else' });
    await assert.rejects(other, { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
  });
}

test('access token: at+jwt for one audience', async () => {
  const { tokens, clientId } = await tokensOf('RS256');
  const expected = { issuer, audience: notes, typ: 'at+jwt', requiredClaims: ['jti', 'sub', 'client_id'] };
  const { payload } = await jwtVerify(tokens.access_token, keys, expected);
  assert.equal(payload.client_id, clientId);
  const asIdToken = jwtVerify(tokens.access_token, keys, { issuer, audience: clientId });
  await assert.rejects(asIdToken, { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
});

test('a token of a machine verifies, and with one changed bit it does not', async () => {
  const basic = client.ClientSecretBasic(machine.secret);
  const config = await client.discovery(new URL(issuer), machine.id, {}, basic);
  const { access_token: token } = await client.clientCredentialsGrant(config, { scope: 'notes:read' });
  assert.equal(decodeProtectedHeader(token).typ, 'at+jwt');
  await jwtVerify(token, keys, { issuer, audience: notes });
  const [header, payload, signature] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[10] ^= 1;
  const forged = [header, payload, bytes.toString('base64url')].join('.');
  await assert.rejects(jwtVerify(forged, keys), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
});
