"""Headers of answers, who sees what on the live channel, and the contents of the audit log."""

import asyncio
import concurrent.futures
import http.client
import json
import pathlib
import socket
import urllib.parse

import images
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

EVIL = "https://evil.example"


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def raw(master, method, path, headers=(), body=b""):
    """An answer without following redirects: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", master.port, timeout=20)
    try:
        connection.request(method, path, body or None, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def policy(headers):
    """The directives of a Content-Security-Policy, each with its values."""
    parts = [part.split() for part in headers["Content-Security-Policy"].split(";")]
    return {words[0]: words[1:] for words in parts if words}


@pytest.mark.parametrize("path", ["/", "/dashboard", "/jobs/01a1fd78-1661-78e8-a283-6d9837ba9505", "/login"])
def test_pages_allow_no_foreign_scripts_and_no_frames(master, path):
    # Without keys the log-in page redirects.
    _, headers, _ = raw(master, "GET", path) if path != "/login" else raw(
        master, "POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, b"key=x")
    found = policy(headers)
    assert found["default-src"] == ["'self'"] and found["object-src"] == found["base-uri"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"] and found["form-action"] == ["'self'"]
    # Neither inline scripts nor eval are allowed.
    assert "unsafe" not in headers["Content-Security-Policy"] and "script-src" not in found
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method, path", [
    ("GET", "/"), ("GET", "/api/v1/jobs"), ("GET", "/api/v1/sample"), ("GET", "/livez"), ("GET", "/openapi.yaml"),
    ("GET", "/nothing"), ("OPTIONS", "/api/v1/jobs"), ("OPTIONS", "/login"), ("POST", "/api/v1/jobs"),
])
def test_foreign_origins_cannot_read_answers(master, method, path):
    asks = {"Origin": EVIL, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    status, headers, _ = raw(master, method, path, asks)
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    # A preflight request is not answered with permission.
    assert method != "OPTIONS" or status == 405


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_unknown_methods_are_refused(master, method):
    status, headers, body = raw(master, method, "/api/v1/jobs", {"X-Secret": "not to come back"})
    assert status in (400, 405, 501) and b"not to come back" not in body


def test_the_key_field_hides_the_key_and_allows_password_managers(own_master):
    master = own_master("--local-workers", "0")
    master.keys("create", "ann", "--role", "viewer")
    status, headers, body = raw(master, "GET", "/login")
    assert status == 200 and headers["Cache-Control"] == "no-store"
    field, = [line for line in body.decode().splitlines() if 'name="key"' in line]
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    assert "onpaste" not in field and "maxlength" not in field


def lines(master):
    return [json.loads(line) for line in (master.folder / "data" / "audit.jsonl").read_text().splitlines()]


def test_forged_proxy_headers_are_ignored(own_master):
    master = own_master("--local-workers", "0")
    key = master.keys("create", "ann", "--role", "viewer")
    forged = {
        "X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9;host=evil.example",
        "X-Forwarded-Host": "127.0.0.1", "X-Forwarded-User": "ann", "Host": "evil.example"}
    assert raw(master, "GET", "/api/v1/jobs", forged)[0] == 421
    assert raw(master, "GET", "/api/v1/jobs", {**forged, "Host": "127.0.0.1"})[0] == 401
    # The last character has to change, whatever it is.
    wrong = key[:-1] + ("y" if key.endswith("x") else "x")
    # A guesser who forges another address each time gains nothing: ten guesses are answered, some wait, others get 429.
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda number: raw(master, "GET", "/api/v1/jobs", {
            **bearer(wrong), "X-Forwarded-For": f"203.0.113.{number}"})[0], range(40)))
    assert set(statuses) == {401, 429}, statuses
    made, *asked = lines(master)
    assert (made["action"], made["from"]) == ("key.create", "command line")
    assert {line["from"] for line in asked} == {"127.0.0.1"}


def log_in(master, key):
    form = urllib.parse.urlencode({"key": key, "next": "/dashboard"}).encode()
    return raw(master, "POST", "/login", {"Content-Type": "application/x-www-form-urlencoded"}, form)


def test_the_audit_log_has_log_ins_without_keys(own_master):
    master = own_master("--local-workers", "0")
    key = master.keys("create", "ann", "--role", "operator")
    worker = master.keys("create", "render7", "--role", "worker")
    status, headers, _ = log_in(master, key)
    assert status == 303 and headers["Location"] == "/dashboard"
    cookie = headers["Set-Cookie"].split(";")[0]
    assert log_in(master, "tilework_wrong")[0] == 401
    assert log_in(master, worker)[0] == 403
    assert raw(master, "POST", "/logout", {"Cookie": cookie})[0] == 303
    assert raw(master, "GET", "/api/v1/jobs", {"Cookie": cookie})[0] == 401
    made, asked = lines(master)[:2], lines(master)[2:]
    assert [(line["action"], line["from"], line["object"]) for line in made] == [
        ("key.create", "command line", "ann"), ("key.create", "command line", "render7")]
    found = [(line["action"], line.get("principal"), line["status"]) for line in asked]
    assert found[:3] == [("session.start", "ann", 303), ("session.start", None, 401), ("session.start", "render7", 403)]
    assert found[3][0] == "session.end" and found[-1] == ("request.refuse", None, 401)
    everything = "".join(path.read_text(errors="replace") for path in [
        master.folder / "data" / "audit.jsonl", master.folder / "data" / "keys.json", master.folder / "master.log"])
    for secret in (key, worker, cookie.split("=")[1], "tilework_wrong"):
        assert secret not in everything


def address(master, job=None):
    return f"{master.url.replace('http', 'ws', 1)}/api/v1/events" + (f"?job={job}" if job else "")


async def hear(channel, until, within=60):
    """All messages of a channel, up to the one that `until` accepts."""
    found = []
    async with asyncio.timeout(within):
        while not found or not until(found[-1]):
            found.append(json.loads(await channel.recv()))
    return found


def test_an_upload_ends_with_its_key(own_master):
    """A key that is revoked during its upload makes no job."""
    master = own_master("--local-workers", "0")
    ann, boss = master.create_key("ann", "operator"), master.create_key("boss", "admin")
    image = images.encoded(images.pixels(1200, 1100))
    with socket.create_connection(("127.0.0.1", master.port), timeout=60) as upload:
        upload.sendall((
            f"POST /api/v1/jobs?transforms=invert HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ann}\r\n"
            f"Content-Length: {len(image)}\r\nExpect: 100-continue\r\n\r\n").encode())
        # The master has checked the right to upload by now.
        assert upload.recv(1000).startswith(b"HTTP/1.1 100 ")
        upload.sendall(image[:1000])
        master.keys("revoke", "ann")
        upload.sendall(image[1000:])
        assert upload.recv(1000).startswith(b"HTTP/1.1 401 ")
    status, _, body = raw(master, "GET", "/api/v1/jobs", bearer(boss))
    assert status == 200 and json.loads(body)["jobs"] == []


@pytest.mark.parametrize("is_private", [True, False])
def test_private_jobs_are_live_for_their_owner_and_admins_only(own_master, is_private):
    master = own_master("--local-workers", "1", *(["--private-jobs"] if is_private else []))
    ann, bob = (master.keys("create", name, "--role", "operator") for name in ("ann", "bob"))
    boss = master.keys("create", "boss", "--role", "admin")
    image = images.encoded(images.pixels(1200, 1100))

    def submit():
        status, _, body = raw(master, "POST", "/api/v1/jobs?transforms=invert&filename=secret.png", bearer(ann), image)
        assert status == 202
        return json.loads(body)["job_id"]

    def channel(key, job=None):
        return connect(address(master, job), additional_headers=bearer(key))

    first = submit()

    async def run():
        async with channel(ann) as owner, channel(boss) as admin, channel(bob) as other:
            heard = {each: await hear(each, lambda message: message["type"] == "snapshot") for each in (owner, admin, other)}
            second = await asyncio.to_thread(submit)
            # Messages about jobs come before the statistics that count them.
            for each in heard:
                heard[each] += await hear(each, lambda message: message["type"] == "statistics"
                                          and message["statistics"]["jobs"]["completed"] == 2)
            for each, sees in ((owner, True), (admin, True), (other, not is_private)):
                text = json.dumps(heard[each])
                assert [word in text for word in (first, second, "secret.png")] == [sees] * 3
        async with channel(bob, first) as other:
            snapshot, = await hear(other, lambda message: message["type"] == "snapshot")
            assert bool(snapshot["jobs"]) != is_private and bool(snapshot.get("tiles")) != is_private
    asyncio.run(run())


def test_a_channel_ends_with_its_key(own_master):
    master = own_master("--local-workers", "0")
    key, other = (master.keys("create", name, "--role", "viewer") for name in ("ann", "bob"))

    async def run():
        async with connect(address(master), additional_headers=bearer(key)) as channel, \
                connect(address(master), additional_headers=bearer(other)) as kept:
            await channel.recv()
            await kept.recv()
            await asyncio.to_thread(master.keys, "revoke", "ann")
            with pytest.raises(ConnectionClosed) as ended:
                # The master checks the key again with each ping, every 15 s.
                async with asyncio.timeout(30):
                    while True:
                        await channel.recv()
            assert ended.value.rcvd.code == 1008 and "key" in ended.value.rcvd.reason
            async with asyncio.timeout(30):
                assert json.loads(await kept.recv())["type"]
    asyncio.run(run())


def test_daemons_write_no_core_files(own_master, start_worker):
    master = own_master("--local-workers", "1")
    worker = start_worker(master, "by-hand")
    master.wait_for_workers(2)
    parent = master.process.pid
    children = [int(pid) for pid in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    for pid in [parent, worker.process.pid, *children]:
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        line, = [line for line in limits.splitlines() if line.startswith("Max core file size")]
        # With 0 the kernel would still start a program that receives core files.
        assert line.split()[4:6] == ["1", "1"], f"{pid}: {line}"
