"""Screenshots of every page in its main states, light and dark, wide and on a phone, for people to look at."""

import contextlib
import io
import os
import pathlib

import audits
import images
import numpy
import pytest
from browser import JobPage, UploadPage, file, open_dashboard
from daemons import Master, eventually
from PIL import Image
from playwright.sync_api import expect

sizes = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
}


@pytest.fixture(scope="session")
def folder():
    made = pathlib.Path(os.environ.get("TILEWORK_SCREENSHOTS") or pathlib.Path(__file__).parent / "screenshots")
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """A master without workers and without jobs."""
    running = Master(tmp_path_factory.mktemp("waiting"), "--local-workers", "0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def busy(tmp_path_factory, sample):
    """A master with jobs that ended in every way."""
    running = Master(tmp_path_factory.mktemp("busy"), "--local-workers", "1")
    running.wait_for_workers(1)
    running.wait_for(running.submit(sample, "sepia", filename="market.jpg"))
    damaged = images.encoded(images.pixels(1100, 1100))
    damaged = damaged[:500_000] + bytes(64) + damaged[500_064:]
    running.wait_for(running.submit(damaged, "invert", filename="damaged.png"), "failed")
    scan = images.pages(images.pixels(1400, 1200, seed=3), images.pixels(1100, 1100))
    running.wait_for(running.submit(
        scan, "sharpen", filename="scan.tif", format="jpeg", quality=85, metadata="private", progressive="true"))
    cancelled = running.submit(sample, "median:ksize=9", filename="second-thoughts.jpg")
    running.request("POST", cancelled["links"]["cancel"])
    yield running
    running.stop()


@contextlib.contextmanager
def jobs_under_way(master, sample):
    """A large job of which some tiles are done, and two waiting jobs. They are cancelled afterwards."""
    large = Image.open(io.BytesIO(sample)).resize((6144, 4608))
    large = images.encoded(numpy.asarray(large), "JPEG")
    # Slow enough to outlast the screenshots.
    slow = ",".join(["median:ksize=31"] * 6)
    jobs = [master.submit(large, slow + ",sharpen", filename="harbour at night.jpg")]
    eventually("some tiles are done", lambda: master.get(f"jobs/{jobs[0]['job_id']}")["progress"]["completed"] > 10)
    jobs += [master.submit(large, slow, filename=name) for name in ("forest.jpg", "street.jpg")]
    master.half_done = jobs[0]
    try:
        yield
    finally:
        for job in jobs:
            master.request("POST", job["links"]["cancel"])


def upload_empty(page, at, sample):
    UploadPage(page)


def upload_ready(page, at, sample):
    upload = UploadPage(page)
    upload.add_step("sepia")
    upload.add_step("contrast")
    upload.add_sample()
    upload.add(file("too small.png", images.encoded(images.pixels(300, 200))))
    upload.expect_preview("sepia,contrast")


def upload_options(page, at, sample):
    upload = UploadPage(page)
    upload.add_step("sepia")
    scan = images.with_alpha(images.pixels(1100, 1100))
    upload.add(file("scan.tif", images.pages(images.pixels(1400, 1200, seed=3), images.pixels(1100, 1100))),
               file("label.png", images.encoded(scan)))
    upload.add_sample()
    page.locator("#options-panel summary").click()
    page.locator("#option-compression").select_option("deflate")
    page.locator("#option-background").fill("ffcc00")
    page.locator("#option-tiled").check()
    page.locator("#option-level").fill("12")
    upload.expect_preview("sepia")


def job_noted(page, at, sample):
    noted = at.get("jobs?search=scan.tif")["jobs"][0]
    JobPage(page, noted).wait_for_comparison()
    expect(page.locator("#notes-card")).to_be_visible()


def job_running(page, at, sample):
    JobPage(page, at.half_done)
    expect(page.locator("#mosaic")).to_have_attribute("data-total", "108")
    expect(page.locator("#mosaic")).not_to_have_attribute("data-done", "0")


def job_finished(page, at, sample):
    done = at.get("jobs?search=market.jpg")["jobs"][0]
    JobPage(page, done).wait_for_comparison()


def job_failed(page, at, sample):
    JobPage(page, at.get("jobs?status=failed")["jobs"][0])
    expect(page.locator("#reason")).to_be_visible()


def dashboard_busy(page, at, sample):
    open_dashboard(page)
    expect(page.get_by_test_id("active-job")).to_have_count(3)
    expect(page.locator("#fleet")).to_have_text("1 worker online")


def dashboard_empty(page, at, sample):
    open_dashboard(page)
    expect(page.locator("#history-empty")).to_be_visible()


views = {
    upload_empty: "waiting", upload_ready: "busy", upload_options: "busy", job_running: "busy", job_finished: "busy",
    job_noted: "busy", job_failed: "busy", dashboard_busy: "busy", dashboard_empty: "waiting",
}


# Views that show running jobs.
running_views = (job_running, dashboard_busy)


@pytest.mark.parametrize("size", sizes)
@pytest.mark.parametrize("view", views, ids=[view.__name__ for view in views])
def test_a_page_is_seen(request, tab, sample, folder, view, size):
    master = request.getfixturevalue(views[view])
    if view is job_failed:
        tab.expect("422 .*/source/region")
    page = tab(master, reduced_motion="reduce", **sizes[size])
    with jobs_under_way(master, sample) if view in running_views else contextlib.nullcontext():
        view(page, master, sample)
        take_pictures(page, folder / f"{view.__name__}-{size}")


def take_pictures(page, name):
    # Lazy pictures below the fold are loaded, too.
    page.evaluate("""() => Promise.allSettled([...document.images].map((one) => {
        one.loading = "eager";
        return one.decode();
    }))""")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(audits.SETTLED)
        data = page.screenshot(full_page=True, path=f"{name}-{scheme}.png")
        shades = numpy.asarray(Image.open(io.BytesIO(data)).convert("L"))
        # The margins have the page's background. The contents have many shades.
        margin = numpy.concatenate([shades[:, :4].ravel(), shades[:, -4:].ravel()]).mean()
        assert (margin < 60 if scheme == "dark" else margin > 200), margin
        assert (shades.mean() < 110 if scheme == "dark" else shades.mean() > 110), shades.mean()
        assert len(numpy.unique(shades)) > 40 and shades.std() > 5
