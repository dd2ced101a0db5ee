"""Several files at once: which of them are refused, and the batch as a whole."""

import io
import re
import zipfile

import images
import numpy
from browser import UploadPage, file
from playwright.sync_api import expect


def test_unusable_files_are_listed_first(master, tab):
    page = tab(master, viewport={"width": 1440, "height": 900})
    upload = UploadPage(page)
    plain = images.encoded(numpy.full((1024, 1024, 3), 200, numpy.uint8), compress_level=9)
    good = [file(f"good {number}.png", plain) for number in range(12)]
    upload.add(*good[:6], file("letter.png", b"Dear reader"), *good[6:], file("small.png", images.encoded(images.pixels(64, 64))))
    expect(page.locator("#refused-words")).to_have_text("2 of 14 files cannot be used.")
    expect(upload.rows.locator(".file-name").nth(0)).to_have_text("letter.png")
    expect(upload.rows.locator(".file-name").nth(1)).to_have_text("small.png")
    # The list need not be scrolled to see them.
    assert page.locator("#files").evaluate("one => one.scrollTop") == 0
    for row in (upload.rows.nth(0), upload.rows.nth(1)):
        expect(row.locator(".file-reason")).to_be_in_viewport()
    expect(page.locator("#spoken")).to_have_text("2 of 14 files cannot be used.")
    page.locator("#refused-remove").click()
    expect(upload.rows).to_have_count(12)
    expect(page.locator("#files-refused")).to_be_hidden()


def test_a_batch_is_followed_and_downloaded_as_a_whole(master, tab, picture):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(*[file(name, picture[0]) for name in ("one.png", "two.png", "three.png")])
    page.get_by_role("button", name="Start 3 jobs").click()
    expect(page.locator("#batch-words")).to_have_text("3 of 3 done")
    expect(page.locator("#batch-results")).to_have_text("Download all")
    with page.expect_download() as started:
        page.locator("#batch-results").click()
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as taken:
        assert sorted(taken.namelist()) == ["one-tilework.png", "three-tilework.png", "two-tilework.png"]
        assert (images.decoded(taken.read("two-tilework.png")) == images.inverted(picture[1])).all()
    page.locator("#batch-jobs").click()
    page.wait_for_url(re.compile(r"/dashboard\?batch="))
    rows = page.get_by_test_id("history-row")
    expect(rows).to_have_count(3)
    expect(rows.locator(".job-name")).to_have_text([re.compile("one|two|three")] * 3)
