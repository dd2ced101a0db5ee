"""Makes the screenshots in docs/images: `.venv/bin/python pictures.py`. TILEWORK_BIN may name the programs' folder."""

import io
import pathlib
import re
import sys
import tempfile

import numpy
from browser import JobPage, UploadPage, open_dashboard
from daemons import TOP, Master, eventually
from PIL import Image
from playwright.sync_api import expect, sync_playwright

# The size of the window, for which the pages are designed, and the size of the saved pictures.
WINDOW = {"width": 1360, "height": 960}
SHOWN = (1020, 720)


def save(page, name):
    page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS)
    picture.quantize(192, dither=Image.Dither.NONE).save(TOP / "docs" / "images" / f"{name}.png", optimize=True)


def large(sample, width=6144, height=4608):
    """The sample image, enlarged."""
    picture = Image.open(io.BytesIO(sample)).resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    Image.fromarray(numpy.asarray(picture)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def upload(page, master, image):
    shown = UploadPage(page)
    for step, values in (("blur", {"ksize": 31}), ("sepia", {}), ("contrast", {})):
        shown.add_step(step, **values)
    shown.add_sample()
    shown.expect_preview("blur:ksize=31,sepia,contrast")
    save(page, "upload")


def job(page, master, image):
    slow = master.submit(image, "median:ksize=31,median:ksize=25,sepia,sharpen", filename="evening-hills.jpg")
    JobPage(page, slow)
    page.locator("#by-worker").check()
    mosaic = page.locator("#mosaic")
    eventually("most tiles are drawn", lambda: int(mosaic.get_attribute("data-done")) > 60, within=60)
    save(page, "job")
    master.wait_for(slow)


def dashboard(page, master, image):
    for number in range(5):
        master.wait_for(master.submit(
            large(image, 2048, 1536), ["sepia", "blur:ksize=31,sharpen", "grayscale"][number % 3], filename=f"harbour-{number + 1}.jpg"))
    running = [master.submit(image, f"median:ksize=31,median:ksize={size},sepia", filename=f"evening-hills-{size}.jpg")
               for size in (31, 29)]
    open_dashboard(page)
    expect(page.get_by_test_id("active-job")).to_have_count(2)
    percent = page.get_by_test_id("active-job").first.locator(".active-percent")
    eventually("some of it is done", lambda: int(re.match(r"\d+", percent.inner_text())[0]) > 30, within=60)
    save(page, "dashboard")
    for one in running:
        master.request("POST", one["links"]["cancel"])


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        master = Master(pathlib.Path(folder), "--local-workers", "2")
        try:
            master.wait_for_workers(2)
            image = large(master.request("GET", "/api/v1/sample")[2])
            browser = running.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            for show in (upload, job, dashboard):
                context = browser.new_context(base_url=master.url, viewport=WINDOW, locale="en", color_scheme="light")
                context.set_default_timeout(60_000)
                show(context.new_page(), master, image)
                context.close()
            browser.close()
        finally:
            master.stop()


if __name__ == "__main__":
    sys.exit(main())
