// The SDK of the Model Context Protocol, as its applications use it: it knows the address of the API
// and nothing else. A 401 leads it to the authorization server, where it registers, or comes with the
// address of its metadata.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { asAlice, initialAccessToken, issuer, machine, mcp, notes } from './lab.mjs';

const redirectUri = 'http://127.0.0.1:33418/callback';

/** An application that keeps everything in memory. */
class Provider {
  constructor(metadata = {}, clientMetadataUrl) {
    this.clientMetadata = {
      client_name: 'An MCP application',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      ...metadata,
    };
    if (clientMetadataUrl) this.clientMetadataUrl = clientMetadataUrl;
  }
  get redirectUrl() { return redirectUri; }
  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.kept; }
  saveTokens(tokens) { this.kept = tokens; }
  codeVerifier() { return this.verifier; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  redirectToAuthorization(url) { this.authorizationUrl = url; }
}

const connect = async (provider) => {
  const transport = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await client.connect(transport);
  return client;
};

/** From nothing to a connected client: the first try ends at the user, the second one works. */
const login = async (provider) => {
  const transport = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await assert.rejects(client.connect(transport), UnauthorizedError);
  const callback = await asAlice(provider.authorizationUrl, redirectUri);
  assert.equal(callback.searchParams.get('iss'), issuer);
  await transport.finishAuth(callback.searchParams.get('code'));
  return connect(provider);
};

const whoami = async (client) => {
  const result = await client.callTool({ name: 'whoami', arguments: {} });
  return result.structuredContent ?? JSON.parse(result.content[0].text);
};

const initialize = (headers) =>
  fetch(mcp, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: JSON.stringify({
      jsonrpc: '2.0', id: 1, method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    }),
  });

const machineToken = async (target) => {
  const basic = Buffer.from(`${machine.id}:${machine.secret}`).toString('base64');
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: target }),
  });
  return (await response.json()).access_token;
};

// A lab that wants an initial access token knows its clients: the SDK has no way to send one.
const open = { skip: initialAccessToken !== undefined };

test('a 401, discovery, registration, PKCE, login, and a tool', open, async () => {
  const provider = new Provider();
  const client = await login(provider);
  assert.equal(provider.authorizationUrl.searchParams.get('resource'), mcp);
  assert.equal(provider.authorizationUrl.searchParams.get('code_challenge_method'), 'S256');
  const tools = await client.listTools();
  assert.ok(tools.tools.some(({ name }) => name === 'whoami'));
  const me = await whoami(client);
  assert.equal(me.subject, 'alice');
  assert.equal(me.client_id, provider.information.client_id);
  await client.close();
});

test('a refresh token brings a new access token without the user', open, async () => {
  const provider = new Provider();
  await (await login(provider)).close();
  const before = provider.kept;
  provider.kept = { ...before, access_token: 'forgotten' };
  const client = await connect(provider);
  assert.equal((await whoami(client)).subject, 'alice');
  assert.notEqual(provider.kept.access_token, 'forgotten');
  assert.notEqual(provider.kept.refresh_token, before.refresh_token);
  await client.close();
});

test('a user who denies leaves the application outside', open, async () => {
  const provider = new Provider();
  const transport = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await assert.rejects(client.connect(transport), UnauthorizedError);
  const callback = await asAlice(provider.authorizationUrl, redirectUri, 'deny');
  assert.equal(callback.searchParams.get('error'), 'access_denied');
  await assert.rejects(transport.finishAuth('made-up'));
  assert.equal(provider.kept, undefined);
});

test('no token: 401 with a challenge that leads to the metadata', async () => {
  const response = await initialize({});
  assert.equal(response.status, 401);
  const challenge = response.headers.get('www-authenticate');
  assert.match(challenge, /^Bearer /);
  const [, metadata] = challenge.match(/resource_metadata="([^"]+)"/);
  const document = await (await fetch(metadata)).json();
  assert.equal(document.resource, mcp);
  assert.deepEqual(document.authorization_servers, [issuer]);
});

test('a token for another API: 401 invalid_token', async () => {
  const response = await initialize({ authorization: `Bearer ${await machineToken(notes)}` });
  assert.equal(response.status, 401);
  assert.match(response.headers.get('www-authenticate'), /error="invalid_token"/);
});

test('a token of nobody: 401 invalid_token', async () => {
  const response = await initialize({ authorization: 'Bearer made-up' });
  assert.equal(response.status, 401);
  assert.match(response.headers.get('www-authenticate'), /error="invalid_token"/);
});

/** Registers an application by hand: the SDK would register it for the scope of the challenge alone. */
const registered = async (provider, scope) => {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...provider.clientMetadata, scope }),
  });
  assert.equal(response.status, 201);
  provider.information = await response.json();
};

test('too little scope: 403 names what is missing, the user is asked again, and the tool works', open, async () => {
  // With a refresh token the SDK would refresh instead of asking.
  const provider = new Provider({ grant_types: ['authorization_code'] });
  await registered(provider, 'openid mcp:tools');
  const first = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await assert.rejects(client.connect(first), UnauthorizedError);
  const narrow = new URL(provider.authorizationUrl);
  narrow.searchParams.set('scope', 'openid');
  await first.finishAuth((await asAlice(narrow, redirectUri)).searchParams.get('code'));
  assert.equal(provider.kept.scope, 'openid');

  const refused = await initialize({ authorization: `Bearer ${provider.kept.access_token}` });
  assert.equal(refused.status, 403);
  const challenge = refused.headers.get('www-authenticate');
  assert.match(challenge, /^Bearer /);
  assert.match(challenge, /error="insufficient_scope"/);
  assert.match(challenge, /scope="mcp:tools"/);
  assert.match(challenge, /resource_metadata="[^"]+"/);

  // The SDK reads that challenge and comes back with the scope that it names.
  const wider = await login(provider);
  assert.equal(provider.authorizationUrl.searchParams.get('scope'), 'mcp:tools');
  assert.equal(provider.authorizationUrl.searchParams.get('resource'), mcp);
  assert.equal((await whoami(wider)).subject, 'alice');
  await wider.close();
});

test('a token for another API sends the application to the user, and is never good for a tool', open, async () => {
  const provider = new Provider();
  provider.kept = { access_token: await machineToken(notes), token_type: 'bearer' };
  const transport = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await assert.rejects(client.connect(transport), UnauthorizedError);
  assert.equal(provider.authorizationUrl.searchParams.get('resource'), mcp);
  // And the other way round: a token for the tools opens no notes.
  const agent = new Provider();
  await (await login(agent)).close();
  const response = await fetch(notes, { headers: { authorization: `Bearer ${agent.kept.access_token}` } });
  assert.equal(response.status, 401);
  assert.match(response.headers.get('www-authenticate'), /error="invalid_token"/);
});

test('a redirect URI that is not registered is never redirected to', open, async () => {
  const provider = new Provider();
  const transport = new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider });
  const client = new Client({ name: 'interop', version: '1.0.0' });
  await assert.rejects(client.connect(transport), UnauthorizedError);
  const url = new URL(provider.authorizationUrl);
  url.searchParams.set('redirect_uri', 'https://evil.example/');
  const response = await fetch(url, { redirect: 'manual' });
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('location'), null);
});

const documents = await fetch(`${issuer}/.well-known/oauth-authorization-server`)
  .then((response) => response.json())
  .then((metadata) => metadata.client_id_metadata_document_supported === true);

test('a client that is known by the address of its metadata', { skip: !documents }, async () => {
  const address = `${issuer}/clients/cli.json`;
  const provider = new Provider({}, address);
  const client = await login(provider);
  assert.equal(provider.information.client_id, address);
  const me = await whoami(client);
  assert.equal(me.client_id, address);
  await client.close();
});
