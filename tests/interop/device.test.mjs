// The device authorization grant (RFC 8628): openid-client waits as a television does, and
// oauth4webapi shows each refusal with its exact status and error.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { forms } from './browser.mjs';
import { issuer, notes } from './lab.mjs';

const scope = 'openid profile notes:read';
const url = new URL(issuer);
const tv = { client_id: 'tv' };
const password = process.env.OAUTHLAB_USER_ALICE_PASSWORD;

/** A browser that types the code as given, logs Alice in and decides; gives the last page. */
const answer = async (codes, decision, typed = codes.user_code) => {
  const jar = new Map();
  const send = async (to, init = {}) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(to, { ...init, headers: { ...init.headers, cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const next = response.headers.get('location');
    if (next) return send(new URL(next, to));
    return { status: response.status, html: await response.text(), at: to };
  };
  const submit = ({ html, at }, fields) => {
    const [form] = forms(html);
    const body = new URLSearchParams([...form.fields, ...Object.entries(fields)].reduce(
      (all, [name, value]) => all.set(name, value), new Map()));
    return send(new URL(form.action, at), { method: 'POST', body, headers: { origin: url.origin } });
  };
  let page = await send(codes.verification_uri);
  page = await submit(page, { user_code: typed });
  if (!forms(page.html)[0]?.names.includes('password')) return page;
  page = await submit(page, { username: 'alice', password });
  assert.ok(page.html.includes(codes.user_code), 'the page shows the code again');
  assert.ok(page.html.includes('on your own device just now'), page.html);
  return submit(page, { decision });
};

const discovered = async () =>
  oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2' }));

const begin = async (as, parameters = { scope: 'notes:read' }) => {
  const response = await oauth.deviceAuthorizationRequest(as, tv, oauth.None(), new URLSearchParams(parameters));
  return oauth.processDeviceAuthorizationResponse(as, tv, response);
};

const poll = async (as, code, who = tv) => {
  const response = await oauth.deviceCodeGrantRequest(as, who, oauth.None(), code);
  return oauth.processDeviceCodeResponse(as, who, response);
};

const refuses = (promise, error, status = 400) =>
  assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error, error, thrown.stack);
    assert.equal(thrown.status, status);
    return true;
  });

test('openid-client polls until the user has answered, and has tokens that work', async () => {
  const config = await client.discovery(url, 'tv', undefined, client.None());
  const codes = await client.initiateDeviceAuthorization(config, { scope });
  assert.equal(codes.verification_uri, `${issuer}/device`);
  assert.equal(codes.verification_uri_complete, `${issuer}/device?user_code=${codes.user_code}`);
  assert.match(codes.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  const waiting = client.pollDeviceAuthorizationGrant(config, codes);
  const done = await answer(codes, 'allow', codes.user_code.toLowerCase().replace('-', ' '));
  assert.equal(done.status, 200, done.html);
  const tokens = await waiting;
  assert.equal(tokens.claims().sub, 'alice');
  const response = await client.fetchProtectedResource(config, tokens.access_token, new URL(notes), 'GET');
  assert.equal(response.status, 200);
  const again = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(again.access_token, tokens.access_token);
});

test('openid-client is told of a denial', async () => {
  const config = await client.discovery(url, 'tv', undefined, client.None());
  const codes = await client.initiateDeviceAuthorization(config, { scope });
  const denied = await answer(codes, 'deny');
  assert.equal(denied.status, 403);
  await refuses(client.pollDeviceAuthorizationGrant(config, codes), 'access_denied');
});

test('each poll has the error of RFC 8628 section 3.5', async () => {
  const as = await discovered();
  const codes = await begin(as);
  await refuses(poll(as, codes.device_code), 'authorization_pending');
  await refuses(poll(as, codes.device_code), 'slow_down');
  const other = { client_id: 'web' };
  await refuses(poll(as, codes.device_code, other), 'unauthorized_client');
  await refuses(poll(as, 'made-up'), 'invalid_grant');
  await answer(codes, 'allow');
  const tokens = await poll(as, codes.device_code);
  assert.equal(tokens.scope, 'notes:read');
  await refuses(poll(as, codes.device_code), 'invalid_grant');
});

test('a device asks for what it may have', async () => {
  const as = await discovered();
  await refuses(begin(as, { scope: 'nothing' }), 'invalid_scope');
  await refuses(begin(as, { resource: 'https://elsewhere.example/' }), 'invalid_target');
});

test('a wrong code leads nowhere, and says no more than that', async () => {
  const as = await discovered();
  const codes = await begin(as);
  for (const typed of ['BBBB-BBBB', 'hello', `${codes.user_code}X`]) {
    const page = await answer(codes, 'allow', typed);
    assert.equal(page.status, 400);
    assert.ok(page.html.includes('No device waits for this code.'), page.html);
  }
  await refuses(poll(as, codes.device_code), 'authorization_pending');
});
