"""An ML-DSA access token (RFC 9964), verified by a library that nobody here wrote."""

import base64
import json
import os
import ssl
import sys
import urllib.parse
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa

ISSUER = os.environ["OAUTHLAB_ISSUER"]
TRUST = ssl.create_default_context(cafile=os.environ["OAUTHLAB_CA_FILE"])
KEYS = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
}


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def fetched(path, data=None, headers=None):
    body = urllib.parse.urlencode(data).encode() if data else None
    request = urllib.request.Request(ISSUER + path, body, headers or {})
    with urllib.request.urlopen(request, context=TRUST, timeout=10) as answer:
        return json.load(answer)


def token():
    pair = f"ci:{os.environ['OAUTHLAB_CLIENT_CI_SECRET']}".encode()
    basic = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    form = {"grant_type": "client_credentials", "scope": "notes:read"}
    return fetched("/token", form, basic)["access_token"]


def main(alg):
    access = token()
    header, payload, signature = access.split(".")
    parsed = json.loads(decoded(header))
    assert parsed["alg"] == alg, parsed
    key = next(key for key in fetched("/jwks")["keys"] if key["kid"] == parsed["kid"])
    assert (key["kty"], key["alg"], key["use"]) == ("AKP", alg, "sig"), key
    assert "priv" not in key
    public = KEYS[alg].from_public_bytes(decoded(key["pub"]))
    signed = f"{header}.{payload}".encode()
    public.verify(decoded(signature), signed)
    try:
        public.verify(decoded(signature), signed + b"x")
    except InvalidSignature:
        pass
    else:
        raise AssertionError("a changed token verified")
    claims = json.loads(decoded(payload))
    assert claims["tenant"] == "acme" and claims["client"] == "made for ci", claims
    notes = urllib.request.Request(
        os.environ["OAUTHLAB_RESOURCE"] + "/mirror", headers={"Authorization": "Bearer " + access}
    )
    with urllib.request.urlopen(notes, context=TRUST, timeout=10) as answer:
        assert answer.status == 200
    print("verified", alg)


main(sys.argv[1])
