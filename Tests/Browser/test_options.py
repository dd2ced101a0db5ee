"""Output options on the page for a new job, and notes on the job's page."""

import io
import re

import images
import numpy
import pytest
from browser import JobPage, UploadPage, file, open_dashboard
from PIL import Image
from playwright.sync_api import expect


@pytest.fixture
def clear():
    """A partly transparent picture."""
    return images.with_alpha(images.pixels(1100, 1030))


class Options:
    """The opened fold of output options."""

    def __init__(self, upload):
        self.page = upload.page
        self.panel = upload.page.locator("#options-panel")
        expect(self.panel).to_be_visible()
        if self.panel.get_attribute("open") is None:
            self.panel.locator("summary").click()

    def __getitem__(self, name):
        return self.panel.locator(f"[name={name}]")

    def about(self, name):
        return self.panel.locator(f"#about-{name}")

    @property
    def shown(self):
        fields = self.panel.locator("[data-option]").all()
        return {one.get_attribute("data-option") for one in fields if one.is_visible()}


def result(job):
    """The downloaded file."""
    with job.page.expect_download() as started:
        job.page.locator("#download").click()
    return started.value.path().read_bytes()


def test_a_transparent_image_becomes_a_jpeg_over_a_background(master, tab, clear):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("clear.png", images.encoded(clear)))
    expect(upload.row("clear.png")).to_contain_text("transparency")
    assert Options(upload).shown == {"metadata", "level"}
    page.locator("#format").select_option("jpeg")
    options = Options(upload)
    assert options.shown == {"metadata", "background", "progressive", "subsampling"}
    options["background"].fill("12")
    expect(options["background"]).to_have_attribute("aria-invalid", "true")
    expect(options.about("background")).to_contain_text("six hexadecimal digits")
    expect(page.locator("#start-reason")).to_contain_text("six hexadecimal digits")
    options["background"].fill("20c040")
    expect(page.locator("#background-picker")).to_have_value("#20c040")
    options["progressive"].check()
    options["subsampling"].select_option("444")
    page.locator("#quality").fill("100")
    expect(page.locator("#options-set")).to_have_text("3 set")
    job = upload.start()
    job.wait_until_filled(9)
    made = Image.open(io.BytesIO(result(job)))
    assert made.format == "JPEG" and made.info.get("progressive")
    assert [layer[1:3] for layer in made.layer] == [(1, 1)] * 3
    expected = images.over(images.inverted(clear), (0x20, 0xc0, 0x40))
    assert numpy.abs(numpy.asarray(made).astype(int) - expected).mean() < 2
    expect(page.get_by_test_id("note")).to_have_text(["Alpha was laid over the background 20c040."])
    expect(page.locator("#facts")).to_contain_text("background 20c040, progressive, subsampling 444")


def test_a_transparent_image_needs_a_background_for_jpeg(master, tab, clear):
    """Transparency that the small preview shows is reported before the upload. If the preview does not show it, the job
    fails."""
    spotted = clear.copy()
    spotted[..., 3] = 255
    spotted[1000, 1000, 3] = 254
    # The page may ask for tiles of the result that are removed when the transparent pixel is found.
    tab.expect(r"409 \(Conflict\) at .*/result/region")
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("clear.png", images.encoded(clear)), file("spotted.png", images.encoded(spotted)))
    page.locator("#format").select_option("jpeg")
    expect(upload.row("clear.png")).to_have_attribute("data-state", "refused")
    expect(upload.row("clear.png")).to_contain_text("It is transparent, and JPEG is not. Set a background")
    upload.row("clear.png").get_by_test_id("remove-file").click()
    expect(upload.row("spotted.png")).to_have_attribute("data-state", "ready")
    job = upload.start()
    expect(job.status).to_have_text("failed")
    expect(page.locator("#reason-text")).to_contain_text("background=ffffff")


def test_options_of_other_formats_are_not_sent(master, tab, picture):
    """The master would refuse an option of another format."""
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("picture.png", picture[0]))
    page.locator("#format").select_option("jpeg")
    options = Options(upload)
    page.locator("#quality").fill("50")
    options["progressive"].check()
    options["subsampling"].select_option("444")
    options["background"].fill("ffffff")
    page.locator("#format").select_option("png")
    expect(page.locator("#quality-field")).to_be_hidden()
    assert Options(upload).shown == {"metadata", "level"}
    job = upload.start()
    job.wait_until_filled(9)
    expect(page.locator("#facts")).not_to_contain_text("quality")
    expect(page.locator("#facts")).not_to_contain_text("progressive")


def test_options_are_kept_except_the_page_number(master, tab, picture):
    page = tab(master)
    upload = UploadPage(page)
    upload.add(file("two.tif", images.pages(picture[1], picture[1]), "image/tiff"))
    expect(upload.row("two.tif")).to_contain_text("2 images")
    options = Options(upload)
    assert options.shown == {"metadata", "compression", "tiled", "pyramid", "page"}
    options["compression"].select_option("deflate")
    assert "level" in options.shown
    options["level"].fill("7")
    options["tiled"].check()
    options["metadata"].select_option("private")
    options["page"].fill("1")
    page.reload()
    upload.wait_until_ready()
    expect(page.locator("#options-panel")).to_be_hidden()
    upload.add(file("two.tif", images.pages(picture[1], picture[1]), "image/tiff"))
    options = Options(upload)
    expect(options["compression"]).to_have_value("deflate")
    expect(options["level"]).to_have_value("7")
    expect(options["tiled"]).to_be_checked()
    expect(options["metadata"]).to_have_value("private")
    expect(options["page"]).to_have_value("")


def test_a_page_of_a_tiff_is_previewed_and_sent(master, tab, picture):
    page = tab(master)
    tab.expect("415 .*/api/v1/preview")
    second = images.pixels(1200, 1040, seed=5)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("two.tif", images.pages(picture[1], second), "image/tiff"))
    row = upload.row("two.tif")
    expect(row).to_contain_text("1300 × 1100 px")
    upload.expect_preview("invert")
    options = Options(upload)
    options["page"].fill("7")
    expect(row).to_have_attribute("data-state", "refused")
    expect(row).to_contain_text("Page 7 was asked for; the file has 2 images, from page 0.")
    options["page"].fill("1")
    expect(row).to_contain_text("1200 × 1040 px")
    expect(row).to_have_attribute("data-state", "ready")
    row.locator(".file-picture").click()
    upload.expect_preview("invert")
    options["compression"].select_option("deflate")
    options["tiled"].check()
    job = upload.start()
    job.wait_until_filled(9)
    made = Image.open(io.BytesIO(result(job)))
    assert made.info["compression"] == "tiff_adobe_deflate" and made.tag_v2[322] == 512
    assert numpy.array_equal(numpy.asarray(made), images.inverted(second))
    expect(page.get_by_test_id("note")).to_contain_text(["2 images; page 1 was read"])


def test_the_masters_error_is_shown_at_its_option(master, tab):
    page = tab(master)
    tab.expect("422 .*/api/v1/jobs")
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("alpha.png", images.encoded(images.with_alpha(images.pixels(1100, 1030)))))
    page.locator("#format").select_option("tiff")
    options = Options(upload)
    options["compression"].select_option("jpeg")
    expect(page.locator("#quality-field")).to_be_visible()
    options.panel.locator("summary").click()
    page.locator("#start").click()
    row = upload.row("alpha.png")
    expect(row).to_have_attribute("data-state", "failed")
    # The fold with the option opens by itself.
    expect(options["compression"]).to_have_attribute("aria-invalid", "true")
    expect(options.about("compression")).to_contain_text("8 bits without alpha")
    options["compression"].select_option("zstd")
    expect(options["compression"]).to_have_attribute("aria-invalid", "false")
    expect(options.about("compression")).to_contain_text("JPEG changes pixels")
    job = upload.start()
    job.wait_until_filled(9)


def test_notes_appear_while_the_job_runs(own_master, tab, start_worker, picture):
    """Notes are shown once the source is decoded, before any tile is done. The history shows their number."""
    master = own_master("--local-workers", "0")
    tiff = images.pages(picture[1], picture[1], picture[1])
    job = master.submit(tiff, "invert", filename="three.tif")
    page = tab(master)
    JobPage(page, job)
    notes = page.get_by_test_id("note")
    expect(notes).to_have_text(["The file has 3 images; page 0 was read, the others were left out."])
    expect(page.locator("#notes-card")).to_be_visible()
    start_worker(master, "worker-1")
    expect(page.locator("#status")).to_have_text("completed")
    expect(notes).to_have_count(1)
    open_dashboard(page)
    mark = page.locator(f"[data-testid=history-row][data-job='{job['job_id']}']").get_by_test_id("row-notes")
    expect(mark).to_have_text("1 note")
    expect(mark).to_have_attribute("title", re.compile("3 images"))
