"""Authlib, a Python client that nobody here wrote: private_key_jwt and client credentials."""

import os
import unittest

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

ISSUER = os.environ["OAUTHLAB_ISSUER"]
CA = os.environ["OAUTHLAB_CA_FILE"]
TOKEN = os.environ.get("OAUTHLAB_REGISTRATION_TOKEN")


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class PrivateKeyJwt(unittest.TestCase):
    def setUp(self):
        self.http = httpx.Client(verify=CA)
        self.addCleanup(self.http.close)
        url = f"{ISSUER}/.well-known/oauth-authorization-server"
        self.server = self.http.get(url).json()
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

    def fetch(self, key, **claims):
        client = OAuth2Client(
            self.client_id, key, token_endpoint_auth_method="private_key_jwt", verify=CA
        )
        self.addCleanup(client.close)
        endpoint = self.server["token_endpoint"]
        client.register_client_auth_method(PrivateKeyJWT(endpoint, **claims))
        return client.fetch_token(endpoint, grant_type="client_credentials", scope="notes:read")

    def test_tokens_are_issued_and_refused(self):
        tokens = self.fetch(pem(self.key))
        self.assertEqual(tokens["token_type"].lower(), "bearer")
        self.assertIn("notes:read", tokens["scope"])
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with self.assertRaises(Exception) as raised:
            self.fetch(pem(other))
        self.assertIn("invalid_client", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
