"""Tabs that record every error of a page, and the pages in terms of a user's actions."""

import base64
import re
from urllib.parse import urlsplit

import images
from playwright.sync_api import expect


class Tabs:
    """Opens tabs. Each has a browser context of its own, without cookies or cache."""

    def __init__(self, chromium):
        self.chromium = chromium
        self.contexts = []
        self.complaints = []
        self.expected = []

    def __call__(self, master, **options):
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "en", **options}
        context = self.chromium.new_context(base_url=master.url, **options)
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        home = urlsplit(master.url).netloc
        note = self.complaints.append

        def asked(address):
            # The page itself makes addresses for files that the test gives it.
            if urlsplit(address.removeprefix("blob:")).netloc != home:
                note(f"a request to elsewhere: {address[:200]}")
        context.on("console", lambda message: message.type == "error" and note(
            f"console: {message.text} at {message.location.get('url', '')}"))
        context.on("weberror", lambda error: note(f"error: {error.error}"))
        context.on("request", lambda request: asked(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: asked(socket.url))
        page.on("dialog", lambda dialog: (note(f"a dialog: {dialog.message}"), dialog.dismiss()))
        return page

    def expect(self, pattern):
        """Declares an error that the test provokes. `pattern` is a regular expression."""
        self.expected.append(pattern)

    def close(self):
        for context in self.contexts:
            for page in context.pages:
                # The answer comes after all earlier events, so none is missed.
                page.evaluate("0")
            context.close()
        unexpected = [each for each in self.complaints if not any(re.search(one, each) for one in self.expected)]
        assert not unexpected, unexpected


def canvas_pixels(page, selector):
    """The pixels of a canvas as RGBA."""
    data = page.locator(selector).evaluate("canvas => canvas.toDataURL()")
    return images.decoded(base64.b64decode(data.partition(",")[2]))


def file(name, data, kind="image/png"):
    return {"name": name, "mimeType": kind, "buffer": data}


def wait_for_channel(page):
    """Returns once the live channel's first snapshot has arrived."""
    expect(page.locator("#fleet")).to_have_attribute("data-state", re.compile("online|empty"))


class UploadPage:
    def __init__(self, page):
        self.page = page
        self.rows = page.get_by_test_id("file-row")
        self.steps = page.get_by_test_id("step")
        page.goto("/")
        self.wait_until_ready()

    def wait_until_ready(self):
        expect(self.page.locator("#bench")).to_have_attribute("data-ready", "")
        wait_for_channel(self.page)

    def add(self, *files):
        self.page.locator("#file-input").set_input_files(list(files))

    def add_sample(self):
        self.page.locator("#sample").click()
        expect(self.rows.filter(has_text="sample.jpg")).to_have_attribute("data-state", "ready")

    def add_step(self, name, **values):
        count = self.steps.count()
        self.page.locator("#add-step").click()
        self.page.locator(f"[data-testid=add-option][data-name={name}]").click()
        expect(self.steps).to_have_count(count + 1)
        for key, value in values.items():
            self.parameter(count, key).fill(str(value))

    def parameter(self, step, name):
        return self.steps.nth(step).locator(f"[data-parameter={name}]")

    def expect_steps(self, *names):
        expect(self.steps).to_have_count(len(names))
        for index, name in enumerate(names):
            expect(self.steps.nth(index)).to_have_attribute("data-name", name)

    def row(self, name):
        return self.rows.filter(has=self.page.get_by_text(name, exact=True))

    def expect_preview(self, transforms):
        """Returns once the preview shows the result of these steps."""
        after = self.page.locator("#preview-after")
        expect(after).to_have_attribute("data-transforms", transforms)
        expect(after).to_have_attribute("data-state", "ready")

    def start(self):
        """Starts the job of a single file, and returns its page."""
        self.page.locator("#start").click()
        self.page.wait_for_url(re.compile("/jobs/"))
        return JobPage(self.page)


class JobPage:
    def __init__(self, page, job=None):
        self.page = page
        self.status = page.locator("#status")
        if job:
            page.goto(f"/jobs/{job['job_id']}")
        expect(page.locator("#job-page")).to_be_visible()
        self.job_id = urlsplit(page.url).path.rpartition("/")[2]

    def wait_until_filled(self, tiles):
        mosaic = self.page.locator("#mosaic")
        expect(mosaic).to_have_attribute("data-total", str(tiles))
        expect(mosaic).to_have_attribute("data-done", str(tiles))

    def download(self):
        """The pixels of the file that the browser downloads."""
        with self.page.expect_download() as started:
            self.page.locator("#download").click()
        return images.decoded(started.value.path().read_bytes())

    def wait_for_comparison(self):
        expect(self.page.locator("#stage-compare")).to_be_visible()
        expect(self.page.locator("#viewer-note")).to_be_hidden()


def open_dashboard(page, query=""):
    page.goto(f"/dashboard{query}")
    expect(page.locator("#history")).to_have_attribute("aria-busy", "false")
    wait_for_channel(page)
