"""How soon pages appear, how much they load, and how long a preview takes."""

import statistics
import time

import images
import pytest
from browser import JobPage, UploadPage, open_dashboard, wait_for_channel
from playwright.sync_api import expect

# Notes the moment at which the page shows the number of online workers, which the first snapshot brings.
NOTE_CHANNEL = """
new MutationObserver((_, observer) => {
    const fleet = document.getElementById("fleet");
    if (!fleet || fleet.dataset.state === "connecting") return;
    window.channelCame = performance.now();
    observer.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


def open_upload(page, job):
    UploadPage(page)


def open_job(page, job):
    shown = JobPage(page, job)
    shown.wait_for_comparison()
    shown.wait_until_filled(9)


def open_history(page, job):
    open_dashboard(page)
    expect(page.get_by_test_id("history-row").first).to_be_visible()


each_page = pytest.mark.parametrize(
    "show", [open_upload, open_job, open_history], ids=["upload", "job", "dashboard"])


@pytest.mark.measurement
@each_page
def test_a_page_appears_soon(request, master, tab, finished, show):
    page = tab(master)
    page.add_init_script(NOTE_CHANNEL)
    show(page, finished)
    wait_for_channel(page)
    times = page.evaluate("""() => ({
        paint: performance.getEntriesByName("first-contentful-paint")[0].startTime, channel: window.channelCame })""")
    print(f"{request.node.callspec.id}: first paint {times['paint']:.0f} ms, live after {times['channel']:.0f} ms")
    assert times["paint"] < 2000
    assert times["channel"] < 4000


@each_page
def test_a_page_loads_little(request, master, tab, finished, show):
    page = tab(master)
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    show(page, finished)
    wait_for_channel(page)
    sizes = [one.sizes() for one in asked]
    fetched = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
    pictures = sum(
        size["responseBodySize"] for one, size in zip(asked, sizes) if "/region" in one.url or "/preview" in one.url)
    print(f"{request.node.callspec.id}: "
          f"{len(asked)} requests, {fetched / 1000:.0f} kB, of it {pictures / 1000:.0f} kB pictures")
    assert fetched - pictures < 600_000
    assert len(asked) < 100


@pytest.mark.measurement
def test_a_preview_takes_the_master_little_time(master, tab):
    body = images.encoded(images.pixels(1024, 1024))
    path = "/api/v1/preview?transforms=blur,brightness:delta={}&x=256&y=256&w=512&h=512"
    direct = []
    for number in range(5):
        start = time.monotonic()
        status, _, answer = master.request("POST", path.format(number), body)
        direct.append((time.monotonic() - start) * 1000)
        assert status == 200 and images.decoded(answer).shape[:2] == (512, 512)

    page = tab(master)
    upload = UploadPage(page)
    upload.add_sample()
    page.locator("#steps-clear").click()
    upload.add_step("brightness")
    upload.expect_preview("brightness")
    by_page = []
    for number in range(1, 6):
        with page.expect_request_finished(lambda request: "/preview?" in request.url) as asked:
            upload.parameter(0, "delta").fill(str(number))
        upload.expect_preview(f"brightness:delta={number}")
        timing = asked.value.timing
        by_page.append(timing["responseEnd"] - timing["requestStart"])
    direct, by_page = statistics.median(direct), statistics.median(by_page)
    print(f"512 px preview: {direct:.0f} ms asked directly, {by_page:.0f} ms by the page")
    assert direct < 300
    assert by_page < 300
