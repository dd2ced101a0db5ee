"""An OpenID issuer for the tests. PyJWT signs its tokens, so the issuer shares no code with Tilework."""

import base64
import hashlib
import http.server
import json
import ssl
import threading
import time
import urllib.parse
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLIENT, SECRET = "tiles", "s3:cr t/%"


class Key:
    """A key pair and its signature algorithm."""

    def __init__(self, algorithm, bits=2048):
        self.algorithm = algorithm
        self.id = f"{algorithm}-{uuid.uuid4().hex[:8]}"
        if algorithm[:2] in ("RS", "PS"):
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            curve = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}[algorithm]
            self.private = ec.generate_private_key(curve())

    def public(self, **fields):
        """The public key as a key set lists it."""
        made = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key(), as_dict=True)
        # Issuers may omit the algorithm of a key.
        own = {} if self.algorithm.endswith("512") else {"alg": self.algorithm}
        return {**made, "kid": self.id, "use": "sig", **own, **fields}

    def sign(self, claims, **header):
        return jwt.encode(claims, self.private, self.algorithm, {"kid": self.id, **header})


class Issuer:
    """Serves its description, its keys, a log-in page and tokens on the loopback address."""

    def __init__(self, *keys, port=0, certificate=None, certificate_key=None):
        self.keys = list(keys)
        self.extra_keys = []
        self.codes = {}
        self.requests = []
        # Issued tokens and codes.
        self.secrets = []
        # Claims of the ID tokens that end log-ins.
        self.claims = {"tilework_role": "operator"}
        handler = type("Handler", (_Handler,), {"issuer": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.port = self.server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate_key)
            # Each connection's thread does its own handshake.
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}/realms/lab"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def claims_of(self, subject="ada", audience="tilework-api", **changes):
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": audience, "sub": subject, "iat": now, "nbf": now, "exp": now + 300,
            "jti": str(uuid.uuid4()), "tilework_role": "operator", **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key=None, header=None, **changes):
        token = (key or self.keys[0]).sign(self.claims_of(**changes), **(header or {}))
        self.secrets.append(token)
        return token


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", **headers):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        issuer, parts = self.issuer, urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        issuer.requests.append(parts.path)
        match parts.path.removeprefix("/realms/lab"):
            case "/.well-known/openid-configuration":
                self.answer(200, {
                    "issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys",
                    "authorization_endpoint": f"{issuer.url}/auth", "token_endpoint": f"{issuer.url}/token",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]})
            case "/keys":
                keys = [key.public() for key in issuer.keys] + issuer.extra_keys
                self.answer(200, {"keys": keys}, Cache_Control="max-age=600")
            case "/auth":
                code = uuid.uuid4().hex
                issuer.codes[code] = query
                issuer.secrets.append(code)
                back = urllib.parse.urlencode({"code": code, "state": query["state"], "iss": issuer.url})
                link = f'<a id="in" href="{query["redirect_uri"]}?{back}">Log in as Ada</a>'
                self.answer(200, f"<!doctype html><title>Issuer</title>{link}", "text/html; charset=utf-8")
            case _:
                self.answer(404, {})

    def do_POST(self):
        issuer = self.issuer
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        issuer.requests.append(self.path)
        asked = issuer.codes.pop(form.get("code"), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        pair = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        known = [urllib.parse.unquote_plus(half) for half in pair.split(":")]
        if known != [CLIENT, SECRET]:
            return self.answer(401, {"error": "invalid_client"})
        if (not asked or form["grant_type"] != "authorization_code" or asked["redirect_uri"] != form["redirect_uri"]
                or asked["code_challenge_method"] != "S256" or asked["code_challenge"] != challenge):
            return self.answer(400, {"error": "invalid_grant"})
        identity = issuer.token(audience=CLIENT, nonce=asked["nonce"], **issuer.claims)
        self.answer(200, {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": identity})
