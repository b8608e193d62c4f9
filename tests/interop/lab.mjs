// The lab that started this process, from its environment, and its user.

import { Browser } from './browser.mjs';

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this under "oauthlab serve -- node …"`);
  return value;
};

export const issuer = need('OAUTHLAB_ISSUER');
export const resource = need('OAUTHLAB_RESOURCE');
export const notes = `${resource}/notes`;
export const mcp = `${resource}/mcp`;
export const machine = {
  id: need('OAUTHLAB_CLIENT_CI_ID'),
  // Under fapi2 it has a key instead.
  secret: process.env.OAUTHLAB_CLIENT_CI_SECRET,
};
/** Where registration wants an initial access token (RFC 7591 §3), the lab hands it out. */
export const initialAccessToken = process.env.OAUTHLAB_REGISTRATION_TOKEN || undefined;
need('NODE_EXTRA_CA_CERTS');

const alice = () => ({ username: 'alice', password: need('OAUTHLAB_USER_ALICE_PASSWORD') });

/** Answers a login form with Alice, and every other form with the decision. */
const answer = (decision) => (form) =>
  form.names.includes('password') ? alice() : { decision };

/** What Alice does with a form when she means yes. */
export const answerAsAlice = answer('allow');

/** Alice opens the authorization URL, logs in and decides; gives the URL she is sent back to. */
export const asAlice = (url, redirectUri, decision = 'allow') =>
  new Browser(issuer).visit(url, { until: redirectUri, decide: answer(decision) });
