"""Authlib, a Python client that nobody here wrote: codes with PKCE, refresh, exchange, keys."""

import base64
import json
import os
import time
import unittest
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from browser import Browser

ISSUER = os.environ["OAUTHLAB_ISSUER"]
NOTES = os.environ["OAUTHLAB_RESOURCE"] + "/notes"
CA = os.environ["OAUTHLAB_CA_FILE"]
TOKEN = os.environ.get("OAUTHLAB_REGISTRATION_TOKEN")
# Only a strict lab wants a token for registration.
STRICT = TOKEN is not None
MACHINE = os.environ["OAUTHLAB_CLIENT_CI_ID"]
ALICE = {"username": "alice", "password": os.environ["OAUTHLAB_USER_ALICE_PASSWORD"]}
REDIRECT = "http://127.0.0.1:41251/callback"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPE = "urn:ietf:params:oauth:token-type:"


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def answer_as_alice(form):
    return ALICE if "password" in form.names else {"decision": "allow"}


class WithLab(unittest.TestCase):
    def setUp(self):
        self.http = httpx.Client(verify=CA)
        self.addCleanup(self.http.close)
        url = f"{ISSUER}/.well-known/oauth-authorization-server"
        self.server = self.http.get(url).json()
        self.status = None

    def client(self, client_id, secret=None, **more):
        client = OAuth2Client(client_id, secret, verify=CA, **more)
        self.addCleanup(client.close)
        # The library's errors do not say the status.
        for hook in ("access_token_response", "refresh_token_response"):
            client.register_compliance_hook(hook, self.note)
        return client

    def note(self, response):
        self.status = response.status_code
        return response

    def refuses(self, error, call, status=400):
        with self.assertRaises(OAuthError) as raised:
            call()
        self.assertEqual((self.status, raised.exception.error), (status, error))

    def web(self):
        """The public client of the lab, which runs on this machine."""
        return self.client(
            "web",
            scope="openid notes:read notes:write",
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
        )

    def authorize(self, client, **more):
        """Alice logs in and allows: what redeems the code."""
        verifier = generate_token(48)
        url, state = client.create_authorization_url(
            self.server["authorization_endpoint"], code_verifier=verifier, **more
        )
        with Browser(ISSUER, CA) as browser:
            back = browser.visit(url, until=REDIRECT, decide=answer_as_alice)
        return {"authorization_response": back, "state": state, "code_verifier": verifier}

    def login(self, client, **more):
        redeem = self.authorize(client, **more)
        return client.fetch_token(self.server["token_endpoint"], **redeem)

    def machine(self):
        return self.client(MACHINE, os.environ["OAUTHLAB_CLIENT_CI_SECRET"])

    def introspected(self, token):
        return self.machine().introspect_token(self.server["introspection_endpoint"], token).json()

    def call(self, token):
        return self.http.get(NOTES, headers={"Authorization": f"Bearer {token}"}).status_code


class AuthorizationCode(WithLab):
    def test_a_code_with_pkce_brings_tokens_that_the_api_takes(self):
        client = self.web()
        tokens = self.login(client, nonce="a-nonce-of-the-test")
        self.assertEqual((self.status, tokens["token_type"].lower()), (200, "bearer"))
        body = tokens["id_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        self.assertEqual((claims["iss"], claims["aud"]), (ISSUER, "web"))
        self.assertEqual(claims["nonce"], "a-nonce-of-the-test")
        self.assertEqual(client.get(NOTES).status_code, 200)
        user = client.get(self.server["userinfo_endpoint"])
        self.assertEqual((user.status_code, user.json()["sub"]), (200, claims["sub"]))

    def test_the_answer_names_state_and_issuer(self):
        redeem = self.authorize(self.web())
        said = parse_qs(urlsplit(redeem["authorization_response"]).query)
        self.assertEqual((said["state"], said["iss"]), ([redeem["state"]], [ISSUER]))

    def test_a_wrong_verifier_is_invalid_grant(self):
        client = self.web()
        redeem = {**self.authorize(client), "code_verifier": generate_token(48)}
        self.refuses("invalid_grant", lambda: client.fetch_token(self.server["token_endpoint"], **redeem))

    def test_a_code_without_its_verifier_is_invalid_grant(self):
        client = self.web()
        redeem = self.authorize(client)
        del redeem["code_verifier"]
        self.refuses("invalid_grant", lambda: client.fetch_token(self.server["token_endpoint"], **redeem))

    def test_a_code_works_once_and_its_replay_ends_what_it_gave(self):
        client = self.web()
        redeem = self.authorize(client)
        fetch = lambda: client.fetch_token(self.server["token_endpoint"], **redeem)
        token = fetch()["access_token"]
        self.assertEqual(self.call(token), 200)
        self.refuses("invalid_grant", fetch)
        self.assertEqual(self.introspected(token), {"active": False})

    def test_a_request_without_pkce_is_refused_at_the_redirect_uri(self):
        client = self.client("web", scope="openid", redirect_uri=REDIRECT)
        url, state = client.create_authorization_url(self.server["authorization_endpoint"])
        with Browser(ISSUER, CA) as browser:
            back = browser.visit(url, until=REDIRECT, decide=answer_as_alice)
        said = parse_qs(urlsplit(back).query)
        self.assertEqual((said["error"], said["state"]), (["invalid_request"], [state]))
        self.assertNotIn("code", said)


class Refresh(WithLab):
    def refresh(self, client, token, **more):
        return client.refresh_token(self.server["token_endpoint"], refresh_token=token, **more)

    def test_a_refresh_token_rotates_and_its_reuse_ends_the_family(self):
        client = self.web()
        first = dict(self.login(client))
        second = dict(self.refresh(client, first["refresh_token"]))
        self.assertEqual(self.status, 200)
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        self.assertEqual(self.call(second["access_token"]), 200)
        self.refuses("invalid_grant", lambda: self.refresh(client, first["refresh_token"]))
        self.refuses("invalid_grant", lambda: self.refresh(client, second["refresh_token"]))
        self.assertEqual(self.introspected(second["access_token"]), {"active": False})

    def test_scope_can_be_narrowed_and_not_widened(self):
        client = self.web()
        tokens = dict(self.login(client, scope="notes:read"))
        wider = lambda: self.refresh(client, tokens["refresh_token"], scope="notes:read notes:write")
        self.refuses("invalid_scope", wider)
        # The refusal used nothing up.
        again = self.refresh(client, tokens["refresh_token"], scope="notes:read")
        self.assertEqual(again["scope"], "notes:read")

    def test_a_made_up_token_is_invalid_grant(self):
        self.refuses("invalid_grant", lambda: self.refresh(self.web(), "made-up"))


class Exchange(WithLab):
    def setUp(self):
        super().setUp()
        self.subject = self.login(self.web())["access_token"]

    def exchange(self, **changes):
        asked = {"subject_token": self.subject, "subject_token_type": TYPE + "access_token"}
        endpoint = self.server["token_endpoint"]
        return self.machine().fetch_token(endpoint, grant_type=EXCHANGE, **{**asked, **changes})

    def test_a_machine_acts_for_alice_with_less_than_her_token_had(self):
        before = self.introspected(self.subject)
        # To the machine, which it was not given to, her token is nothing.
        self.assertEqual(before, {"active": False})
        tokens = self.exchange(audience="notes")
        self.assertEqual(tokens["issued_token_type"], TYPE + "access_token")
        self.assertEqual(tokens["scope"], "notes:read")
        self.assertNotIn("refresh_token", tokens)
        known = self.introspected(tokens["access_token"])
        self.assertEqual((known["sub"], known["client_id"]), ("alice", MACHINE))
        self.assertEqual(known["act"], {"sub": MACHINE})
        self.assertEqual(known["aud"], NOTES)
        self.assertEqual(self.call(tokens["access_token"]), 200)
        written = self.http.post(
            NOTES,
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
            json={"text": "milk"},
        )
        self.assertEqual(written.status_code, 403)
        self.assertIn('error="insufficient_scope"', written.headers["www-authenticate"])

    def test_each_twin_fails_with_its_own_error(self):
        self.refuses("invalid_target", lambda: self.exchange(audience="mcp"))
        self.refuses("invalid_target", lambda: self.exchange(audience="https://elsewhere.example/"))
        self.refuses("invalid_target", lambda: self.exchange(resource="https://elsewhere.example/"))
        self.refuses("invalid_scope", lambda: self.exchange(scope="notes:read notes:write"))
        self.refuses("invalid_request", lambda: self.exchange(subject_token="made-up"))
        self.refuses("invalid_request", lambda: self.exchange(subject_token_type=TYPE + "saml2"))

    def test_a_public_client_exchanges_nothing(self):
        web = self.web()
        asked = {"subject_token": self.subject, "subject_token_type": TYPE + "access_token"}
        endpoint = self.server["token_endpoint"]
        exchange = lambda: web.fetch_token(endpoint, grant_type=EXCHANGE, **asked)
        self.refuses("unauthorized_client", exchange)


class Machine(WithLab):
    def fetch(self, client, scope):
        endpoint = self.server["token_endpoint"]
        return client.fetch_token(endpoint, grant_type="client_credentials", scope=scope)

    def test_client_credentials_and_their_twins(self):
        tokens = self.fetch(self.machine(), "notes:read")
        self.assertEqual((self.status, tokens["scope"]), (200, "notes:read"))
        self.refuses("invalid_scope", lambda: self.fetch(self.machine(), "notes:write"))
        impostor = self.client(MACHINE, "not-the-secret")
        self.refuses("invalid_client", lambda: self.fetch(impostor, "notes:read"), status=401)
        self.refuses("unauthorized_client", lambda: self.fetch(self.web(), "notes:read"))


class PrivateKeyJwt(WithLab):
    def setUp(self):
        super().setUp()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = RSAKey.import_key(pem(self.key)).as_dict(private=False)
        answer = self.http.post(
            self.server["registration_endpoint"],
            headers={"Authorization": f"Bearer {TOKEN}"} if TOKEN else {},
            json={
                "client_name": "authlib",
                "grant_types": ["client_credentials"],
                "response_types": [],
                "scope": "notes:read",
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [public]},
            },
        )
        self.assertEqual(answer.status_code, 201, answer.text)
        self.client_id = answer.json()["client_id"]

    def fetch(self, key, aud=ISSUER):
        client = self.client(self.client_id, key, token_endpoint_auth_method="private_key_jwt")
        endpoint = self.server["token_endpoint"]
        # The library's own hour is too long for a strict lab.
        claims = {"aud": aud, "exp": int(time.time()) + 60}
        client.register_client_auth_method(PrivateKeyJWT(endpoint, claims=claims))
        return client.fetch_token(endpoint, grant_type="client_credentials", scope="notes:read")

    def test_tokens_are_issued_and_refused(self):
        tokens = self.fetch(pem(self.key))
        self.assertEqual((self.status, tokens["token_type"].lower()), (200, "bearer"))
        self.assertIn("notes:read", tokens["scope"])
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.refuses("invalid_client", lambda: self.fetch(pem(other)), status=401)

    def test_the_token_endpoint_as_audience_is_refused_where_the_lab_is_strict(self):
        fetch = lambda: self.fetch(pem(self.key), aud=self.server["token_endpoint"])
        if STRICT:
            self.refuses("invalid_client", fetch, status=401)
        else:
            self.assertIn("access_token", fetch())


if __name__ == "__main__":
    unittest.main()
