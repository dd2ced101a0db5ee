"""Keys and sessions in a browser: log-in, log-out, and pages of foreign origins."""

import http.server
import re
import threading

import images
import pytest
from daemons import eventually
from playwright.sync_api import expect


# The widths of images; 0 for an image that does not load.
LOAD_IMAGES = """async (addresses) => Promise.all(addresses.map((address) => new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image.naturalWidth);
    image.onerror = () => resolve(0);
    image.src = address;
})))"""


@pytest.fixture
def closed(own_master):
    """A master with an operator's key: (master, key)."""
    master = own_master("--local-workers", "1")
    return master, master.create_key("ann", "operator")


def log_in(page, master, key, path="/"):
    page.goto(master.url + path)
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Log in").click()


def test_log_in_returns_to_the_requested_page_and_log_out_ends_the_session(closed, chromium):
    master, key = closed
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{master.url}/dashboard?status=failed")
    expect(page).to_have_title("Log in – Tilework")
    log_in(page, master, key, "/dashboard?status=failed")
    expect(page).to_have_url(f"{master.url}/dashboard?status=failed")
    expect(page.locator(".session")).to_contain_text("ann, operator")
    expect(page.locator("#fleet")).to_contain_text("online")
    cookie, = context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["path"] == "/"
    assert "tilework_" in cookie["value"] and key not in cookie["value"]
    # Scripts of the page cannot read the cookie, and the browser stores nothing of the key.
    assert page.evaluate("document.cookie + JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})").count("tilework_") == 0
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in – Tilework")
    assert context.cookies() == []
    # The master has ended the session, so the old cookie gives no access.
    status, _, _ = master.request("GET", "/api/v1/jobs", headers={"Cookie": f"tilework={cookie['value']}"})
    assert status == 401
    context.close()


def test_the_menu_shows_the_users_limits(own_master, chromium):
    """The menu asks the API for its figures each time it is opened."""
    master = own_master("--local-workers", "0", "--limit", "unfinished=7", "--limit", "bytes=2GB/d")
    key = master.create_key("ann", "operator")
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, master, key)
    menu = page.locator(".session-menu")
    row = lambda name: menu.locator(f"dt:text-is('{name}') + dd")
    menu.locator("summary").click()
    expect(row("Unfinished jobs")).to_have_text("0 of 7 at once")
    expect(row("Bytes of uploads")).to_have_text("0 B of 2 GB in a day")
    expect(menu.locator("dt")).to_have_count(5)
    menu.locator("summary").press("Escape")
    expect(row("Unfinished jobs")).to_be_hidden()
    image = images.encoded(images.pixels(1100, 1100))
    status, _, _ = master.request(
        "POST", "/api/v1/jobs?transforms=invert", image, {"Authorization": f"Bearer {key}"})
    assert status == 202
    menu.locator("summary").click()
    expect(row("Unfinished jobs")).to_have_text("1 of 7 at once")
    expect(row("Bytes of uploads")).not_to_have_text("0 B of 2 GB in a day")
    page.locator("main").click(position={"x": 5, "y": 5})
    expect(row("Unfinished jobs")).to_be_hidden()
    context.close()


def test_sessions_of_other_browsers_are_listed_and_ended(closed, chromium):
    master, key = closed
    here, there = chromium.new_context(), chromium.new_context(
        user_agent="Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0")
    page, other = here.new_page(), there.new_page()
    log_in(other, master, key)
    expect(other.locator(".session")).to_contain_text("ann")
    log_in(page, master, key)
    page.locator(".session-menu summary").click()
    rows = page.locator(".session-list li")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="this browser")).to_contain_text("Chrome on Linux, 127.0.0.1")
    away = rows.filter(has_text="Firefox on Windows")
    expect(away).to_contain_text(re.compile(r"used (just now|\d+ s ago)"))
    away.get_by_role("button", name="Log out Firefox on Windows, 127.0.0.1").click()
    expect(rows).to_have_count(1)
    # The other browser's next request leads to the log-in.
    other.reload()
    expect(other).to_have_title("Log in – Tilework")
    expect(page.get_by_role("button", name="Log out everywhere else")).to_have_count(0)
    here.close()
    there.close()


def test_an_old_log_in_is_renewed_before_ending_other_sessions(closed, chromium):
    master, key = closed
    here, there = chromium.new_context(), chromium.new_context()
    log_in(there.new_page(), master, key)
    page = here.new_page()
    log_in(page, master, key, "/dashboard")
    expect(page.locator(".session")).to_contain_text("ann")
    # The master's answer a quarter of an hour after the log-in.
    page.route("**/api/v1/sessions", lambda route: route.fulfill(
        json={**route.fetch().json(), "may_end_others": False}))
    page.locator(".session-menu summary").click()
    page.get_by_role("button", name="Log out everywhere else").click()
    expect(page).to_have_title("Log in – Tilework")
    page.unroute("**/api/v1/sessions")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{master.url}/dashboard")
    page.locator(".session-menu summary").click()
    page.get_by_role("button", name="Log out everywhere else").click()
    expect(page.locator(".session-list li")).to_have_count(1)
    here.close()
    there.close()


def test_a_logged_in_page_starts_a_job(closed, chromium, picture):
    master, key = closed
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, master, key)
    expect(page.locator("#fleet")).to_contain_text("online")
    job = page.evaluate(
        """async (bytes) => (await fetch("/api/v1/jobs?transforms=invert", {
            method: "POST", body: new Uint8Array(bytes) })).json()""", list(picture[0]))
    assert job["owner"] == "ann"
    page.goto(f"{master.url}/jobs/{job['job_id']}")
    # The cookie gives access to the live channel and the images.
    expect(page.get_by_text("completed").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("key, words", [
    ("nonsense", "this is not a key of Tilework"), ("tilework_" + "0" * 58, "this is not a key of Tilework"),
    ("<script>alert(1)</script>", "this is not a key of Tilework")])
def test_a_wrong_key_is_reported(closed, chromium, key, words):
    master, _ = closed
    context = chromium.new_context()
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    log_in(page, master, key)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page).to_have_title("Log in – Tilework")
    assert context.cookies() == []
    context.close()


def test_a_workers_key_cannot_log_in(closed, chromium):
    master, _ = closed
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, master, master.create_key("host-7", "worker"))
    expect(page.get_by_role("alert")).to_contain_text("the key of a worker")
    context.close()


@pytest.mark.parametrize("next", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_log_in_redirects_to_no_other_site(closed, chromium, next):
    master, key = closed
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{master.url}/login")
    page.evaluate("next => document.querySelector('[name=next]').value = next", next)
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{master.url}/")
    context.close()


def test_a_revoked_key_leads_back_to_the_log_in(closed, chromium):
    master, key = closed
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, master, key, "/dashboard")
    expect(page.locator("#fleet")).to_contain_text("online")
    master.keys("revoke", "ann")
    # The master closes the live channel at its next ping. Then the page asks for its session.
    expect(page).to_have_title("Log in – Tilework")
    expect(page).to_have_url(f"{master.url}/login?next=%2Fdashboard")
    context.close()


class Elsewhere:
    """A page of another origin on the same site: another port of this machine."""

    def __init__(self, html):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def test_a_foreign_page_cannot_use_the_session(closed, chromium, picture):
    """Cookies do not distinguish ports. The page is same-site, so SameSite alone would not stop it."""
    master, key = closed
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, master, key)
    expect(page.locator(".session")).to_contain_text("ann")
    job = page.evaluate(
        """async (bytes) => (await fetch("/api/v1/jobs?transforms=invert", {
            method: "POST", body: new Uint8Array(bytes) })).json()""", list(picture[0]))
    eventually("the job is done", lambda: page.evaluate(
        "async (url) => (await (await fetch(url)).json()).status", job["links"]["self"]) == "completed")
    elsewhere = Elsewhere(f"""
        <form method="post" action="{master.url}{job['links']['self']}/retry"><button>form</button></form>
        <form method="post" action="{master.url}/logout" id="out"><button>out</button></form>""")
    try:
        attack = context.new_page()
        attack.goto(f"http://127.0.0.1:{elsewhere.port}/")
        outcomes = attack.evaluate(
            """async ([url, self]) => {
                const tried = async (...request) => {
                    try {
                        const answer = await fetch(...request);
                        return answer.type === "opaque" ? "opaque" : answer.status;
                    } catch { return "refused"; }
                };
                const socket = await new Promise((resolve) => {
                    const channel = new WebSocket(url.replace("http", "ws") + "/api/v1/events");
                    channel.onopen = () => resolve("open");
                    channel.onerror = () => resolve("refused");
                });
                return [
                    await tried(url + self, { credentials: "include" }),
                    await tried(url + self, { method: "DELETE", credentials: "include" }),
                    await tried(url + "/api/v1/jobs?transforms=invert",
                        { method: "POST", mode: "no-cors", credentials: "include", body: "x" }),
                    socket,
                ];
            }""", [master.url, job["links"]["self"]])
        assert outcomes == ["refused"] * 4, outcomes
        # The browser sends the cookie with images, too.
        assert attack.evaluate(LOAD_IMAGES, [
            master.url + job["links"]["preview"], f"{master.url}/api/v1/sample"]) == [0, 0]
        with attack.expect_navigation():
            attack.locator("#out button").click()
        expect(attack.locator("body")).to_contain_text("foreign-origin")
    finally:
        elsewhere.stop()
    # The session and the job are unchanged, and there is no other job.
    jobs = page.evaluate("async () => (await (await fetch('/api/v1/jobs')).json()).jobs")
    assert [found["job_id"] for found in jobs] == [job["job_id"]]
    context.close()


def test_foreign_pages_cannot_show_images_of_an_open_master(own_master, chromium):
    """Neither a page at another port nor one of another site can show images of the master. The master's own pages
    can."""
    master = own_master("--local-workers", "0")
    elsewhere = Elsewhere("")
    page = chromium.new_page()
    try:
        widths = []
        for place in (master.url, f"http://127.0.0.1:{elsewhere.port}", f"http://localhost:{elsewhere.port}"):
            page.goto(f"{place}/")
            widths += page.evaluate(LOAD_IMAGES, [f"{master.url}/api/v1/sample"])
        assert widths[0] > 0 and widths[1:] == [0, 0], widths
    finally:
        page.close()
        elsewhere.stop()


@pytest.mark.parametrize("has_keys", [False, True])
def test_a_rebound_host_name_is_refused(own_master, playwright, has_keys):
    """DNS rebinding: the browser takes the page of evil.example and the master for one origin."""
    master = own_master("--local-workers", "0")
    if has_keys:
        master.create_key("ann", "viewer")
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"])
    page = browser.new_page()
    seen = [page.goto(f"http://evil.example:{master.port}{path}").status for path in (
        "/", "/api/v1/jobs", "/api/v1/sample", "/api/v1/cluster", "/livez", "/login")]
    browser.close()
    assert seen == [421] * 6, seen
