"""Tokens of an issuer and log-in there. The issuer shares no code with the master."""

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import itertools
import json
import re
import subprocess
import time

import pytest
from cryptography.hazmat.primitives import serialization
from daemons import Master, eventually
from issuer import CLIENT, SECRET, Issuer, Key
from playwright.sync_api import expect

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
addresses = itertools.count(2)


@pytest.fixture(scope="module")
def issuer():
    running = Issuer(*(Key(algorithm) for algorithm in ALGORITHMS))
    # Unusable keys in a key set must do no harm.
    small = Key("RS256", bits=1024)
    running.small = small
    running.extra_keys = [
        small.public(), {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"}, {"kty": "new"},
        Key("RS256").public(use="enc", alg="RSA-OAEP")]
    yield running
    running.stop()


def options(issuer, folder):
    secret = folder / "secret"
    secret.write_text(SECRET + "\n")
    return [
        "--local-workers", "0", "--oidc-issuer", issuer.url, "--oidc-audience", "tilework-api",
        "--oidc-client-id", CLIENT, "--oidc-client-secret-file", secret]


@pytest.fixture(scope="module")
def guarded(issuer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    running = Master(folder, *options(issuer, folder), "--log-level", "trace")
    yield running
    running.stop()


def ask(master, token, path="/api/v1/me", method="GET"):
    """Asks from a new address each time, because each address may send only a few wrong tokens."""
    source = f"127.0.{next(addresses) // 250}.{next(addresses) % 250 + 2}"
    connection = http.client.HTTPConnection("127.0.0.1", master.port, timeout=60, source_address=(source, 0))
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_of_every_algorithm_are_accepted(issuer, guarded, algorithm):
    key = issuer.keys[ALGORITHMS.index(algorithm)]
    status, me = ask(guarded, issuer.token(key))
    assert (status, me["name"], me["role"], me["kind"]) == (200, "oidc:ada", "operator", "token"), me
    token = issuer.token(key, header={"typ": "at+jwt"}, audience=["other", "tilework-api"], tilework_role="admin")
    status, me = ask(guarded, token)
    assert (status, me["role"]) == (200, "admin"), me


def test_the_role_claim_decides_the_rights(issuer, guarded):
    assert ask(guarded, issuer.token(tilework_role="viewer"), "/api/v1/preview", "POST")[0] == 403
    assert ask(guarded, issuer.token(tilework_role="operator"), "/api/v1/keys")[0] == 403
    assert ask(guarded, issuer.token(tilework_role="admin"), "/api/v1/keys")[0] == 200
    assert ask(guarded, issuer.token(tilework_role="worker"), "/api/v1/cluster")[0] == 200
    for role in (None, "king", ["king"], 7, {"admin": True}):
        status, problem = ask(guarded, issuer.token(tilework_role=role))
        assert (status, problem["type"]) == (403, "urn:tilework:problem:forbidden"), (role, problem)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hashed(issuer, secret, kid):
    """A token signed with HMAC (HS256)."""
    text = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{part(issuer.claims_of())}"
    code = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(code).rstrip(b'=').decode()}"


def bad_tokens(issuer):
    now, rs256, es256 = int(time.time()), issuer.keys[0], issuer.keys[6]
    pem = rs256.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    good = issuer.token()
    head, body, signature = good.split(".")
    other = Key("RS256")
    impostor = Key("RS256")
    impostor.id = rs256.id
    yield "expired", issuer.token(exp=now - 61)
    yield "without an end", issuer.token(exp=None)
    yield "not yet good", issuer.token(nbf=now + 90)
    yield "of another issuer", issuer.token(iss=issuer.url + "/")
    yield "for another audience", issuer.token(audience="other")
    yield "without an audience", issuer.token(audience=None)
    yield "an ID token", issuer.token(audience=CLIENT, nonce="n")
    yield "without a subject", issuer.token(subject=None)
    yield "a long subject", issuer.token(subject="x" * 201)
    yield "a subject of two lines", issuer.token(subject="a\nb")
    yield "by an unknown key", issuer.token(other)
    yield "by another key under a known id", issuer.token(impostor)
    yield "by a key of 1024 bits", issuer.token(issuer.small)
    yield "by the public key as a secret", hashed(issuer, pem, rs256.id)
    yield "by the public key's text as a secret", hashed(issuer, json.dumps(rs256.public()).encode(), rs256.id)
    yield "by a secret of the key set", hashed(issuer, b"secret", "secret")
    yield "without an algorithm", f"{part({'alg': 'none', 'typ': 'JWT'})}.{body}."
    yield "with no signature", f"{head}.{body}."
    yield "changed", f"{head}.{part(issuer.claims_of('eve'))}.{signature}"
    yield "another algorithm than the key's", es256.sign(issuer.claims_of(), kid=rs256.id)
    yield "a log-out token", issuer.token(header={"typ": "logout+jwt"})
    yield "with extensions", issuer.token(header={"crit": ["exp"]})
    yield "with a key in its header", other.sign(issuer.claims_of(), jwk=other.public())
    yield "oversized", issuer.token(padding="x" * 6000)[:6000]
    yield "garbage", "....."
    yield "a number", "17"


def test_bad_tokens_are_refused(issuer, guarded):
    seen = {}
    for name, token in bad_tokens(issuer):
        status, problem = ask(guarded, token)
        seen[name] = (status, problem.get("type"))
        assert seen[name] == (401, "urn:tilework:problem:unauthenticated"), (name, problem)
    assert len(seen) == 26
    assert ask(guarded, issuer.token())[0] == 200


def test_wrong_tokens_are_slowed_down(issuer, guarded):
    """With many wrong tokens from one address, most are refused unread. A good one from there is still accepted."""
    def status(token):
        connection = http.client.HTTPConnection("127.0.0.1", guarded.port, timeout=60, source_address=("127.0.7.7", 0))
        try:
            connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status
        finally:
            connection.close()
    wrong = [issuer.token(audience="x") for _ in range(60)]
    with concurrent.futures.ThreadPoolExecutor(60) as threads:
        statuses = list(threads.map(status, wrong))
    assert set(statuses) == {401, 429} and statuses.count(401) <= 40, statuses
    assert status(issuer.token()) == 200


def test_an_issuer_may_start_after_the_master(tmp_path):
    """API keys work meanwhile. Tokens work once the issuer is there."""
    first = Issuer(Key("ES256"))
    first.stop()
    master = Master(tmp_path, *options(first, tmp_path))
    try:
        status, problem = ask(master, first.token())
        assert (status, problem["type"]) == (503, "urn:tilework:problem:not-ready"), problem
        assert ask(master, "tilework_nonsense")[0] == 401
        later = Issuer(*first.keys, port=first.port)
        try:
            eventually("the token is good", lambda: ask(master, first.token())[0] == 200)
        finally:
            later.stop()
        # Known keys stay valid if the issuer goes away again.
        assert ask(master, first.token())[0] == 200
    finally:
        master.stop()


def made_certificate(folder, name, address):
    """A certificate that is its own CA."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key


def test_a_new_key_of_the_issuer_replaces_the_old_one(tmp_path):
    """Over https. A token of the new key is valid once the master may ask the issuer again. The old key is then
    invalid."""
    certificate, key = made_certificate(tmp_path, "issuer", "127.0.0.1")
    old, new = Key("ES256"), Key("RS256")
    issuer = Issuer(old, certificate=certificate, certificate_key=key)
    master = Master(tmp_path, *options(issuer, tmp_path), "--oidc-ca-file", certificate)
    try:
        assert ask(master, issuer.token(old))[0] == 200
        issuer.keys[:] = [new]
        assert ask(master, issuer.token(old))[0] == 200
        # The master asks the issuer at most twice a minute.
        eventually("the new key is known", lambda: ask(master, issuer.token(new))[0] == 200, within=90)
        assert ask(master, issuer.token(old))[0] == 401
    finally:
        master.stop()
        issuer.stop()


@pytest.mark.parametrize("address, trusted, words", [
    ("127.0.0.1", False, "name one of your own with --oidc-ca-file"),
    ("127.0.0.2", True, "its certificate does not match the host name"),
])
def test_an_untrusted_issuer_is_not_asked(tmp_path, address, trusted, words):
    """The master trusts nothing from such an issuer, and its answer names the remedy."""
    certificate, key = made_certificate(tmp_path, "issuer", address)
    issuer = Issuer(Key("ES256"), certificate=certificate, certificate_key=key)
    master = Master(tmp_path, *options(issuer, tmp_path), *(["--oidc-ca-file", certificate] if trusted else []))
    try:
        status, problem = ask(master, issuer.token())
        assert (status, problem["type"]) == (503, "urn:tilework:problem:not-ready"), problem
        assert words in problem["detail"], problem
        assert issuer.requests == []
    finally:
        master.stop()
        issuer.stop()


def named(master):
    """The master under another host name than the issuer's, so that a browser treats them as two sites."""
    return f"http://localhost:{master.port}"


@pytest.fixture
def visitor(chromium):
    context = chromium.new_context(locale="en")
    context.set_default_timeout(60_000)
    yield context
    context.close()


def test_people_log_in_at_the_issuer(issuer, guarded, visitor):
    page = visitor.new_page()
    page.goto(f"{named(guarded)}/dashboard?x=1")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.locator("#issuer").click()
    expect(page).to_have_url(re.compile(re.escape(issuer.url)))
    page.locator("#in").click()
    expect(page).to_have_url(f"{named(guarded)}/dashboard?x=1")
    expect(page).to_have_title("Dashboard – Tilework")
    cookies = {cookie["name"]: cookie for cookie in visitor.cookies(named(guarded))}
    assert set(cookies) == {"tilework"}
    assert cookies["tilework"]["httpOnly"] and cookies["tilework"]["sameSite"] == "Strict"
    me = page.evaluate("fetch('/api/v1/me').then(answer => answer.json())")
    assert (me["name"], me["role"], me["kind"]) == ("oidc:ada", "operator", "token")
    lines = [json.loads(line) for line in (guarded.folder / "data/audit.jsonl").read_text().splitlines()]
    entry = [line for line in lines if line["action"] == "session.start"][-1]
    assert (entry["principal"], entry["path"], entry["status"]) == ("oidc:ada", "/login/oidc/callback", 200)


def test_a_log_in_begun_in_another_browser_is_refused(issuer, guarded, visitor, chromium):
    """A callback address that another person started logs nobody in."""
    page = visitor.new_page()
    page.goto(f"{named(guarded)}/login/oidc")
    stolen = page.locator("#in").get_attribute("href")
    other = chromium.new_context()
    try:
        page = other.new_page()
        assert page.goto(stolen).status == 401
        expect(page.locator("#failure")).to_contain_text("not begun in this browser")
        assert not other.cookies()
    finally:
        other.close()


def test_a_person_without_a_role_is_told(issuer, guarded, visitor):
    issuer.claims = {"tilework_role": "none"}
    try:
        page = visitor.new_page()
        page.goto(f"{named(guarded)}/login/oidc?next=/dashboard")
        page.locator("#in").click()
        expect(page.locator("#failure")).to_contain_text("gives no role here")
        assert not visitor.cookies(named(guarded))
    finally:
        issuer.claims = {"tilework_role": "operator"}


def test_a_code_is_accepted_once(issuer, guarded, visitor):
    page = visitor.new_page()
    page.goto(f"{named(guarded)}/login/oidc")
    back = page.locator("#in").get_attribute("href")
    cookies = visitor.cookies()
    page.goto(back)
    expect(page).to_have_title("New job – Tilework")
    visitor.clear_cookies()
    visitor.add_cookies(cookies)
    assert page.goto(back).status == 401
    expect(page.locator("#failure")).to_contain_text("does not accept the code")


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_log_in_redirects_to_no_other_site(issuer, guarded, visitor, place):
    page = visitor.new_page()
    page.goto(f"{named(guarded)}/login/oidc?next={place}")
    page.locator("#in").click()
    expect(page).to_have_url(f"{named(guarded)}/")


def test_no_secret_is_in_the_log(issuer, guarded, visitor):
    """Even at its most detailed level, the log has neither tokens nor codes nor the client's secret."""
    assert ask(guarded, issuer.token())[0] == 200
    page = visitor.new_page()
    page.goto(f"{named(guarded)}/login/oidc?next=/dashboard")
    page.locator("#in").click()
    expect(page).to_have_title("Dashboard – Tilework")
    log = (guarded.folder / "master.log").read_text() + (guarded.folder / "data/audit.jsonl").read_text()
    assert " trace " in log or '"trace"' in log
    secrets = [SECRET, *issuer.secrets, *(cookie["value"] for cookie in visitor.cookies())]
    assert len(secrets) > 3 and [secret for secret in secrets if secret in log] == []
