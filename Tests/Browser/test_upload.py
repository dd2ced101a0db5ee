"""The page for a new job, from a file to its result."""

import re

import images
import numpy
import pytest
from browser import JobPage, UploadPage, canvas_pixels, file, open_dashboard
from daemons import eventually
from playwright.sync_api import expect

def submissions(page):
    """The requests that submit a job, recorded as they happen."""
    seen = []
    page.on("request", lambda request: request.method == "POST" and "/api/v1/jobs" in request.url and seen.append(request))
    return seen


def source_pixels(master, job_id):
    """The pixels that the master decoded from the source."""
    status, _, body = master.request("GET", f"/api/v1/jobs/{job_id}/source/region?format=png&max=2048")
    assert status == 200, body
    return images.decoded(body)


def test_the_sample_is_transformed_in_the_order_of_the_steps(master, tab, sample):
    upload = UploadPage(tab(master))
    upload.add_step("invert")
    upload.add_step("brightness", delta=60)
    upload.expect_steps("invert", "brightness")
    upload.steps.nth(1).get_by_test_id("move-up").click()
    upload.expect_steps("brightness", "invert")
    upload.add_sample()
    upload.expect_steps("brightness", "invert")
    upload.page.locator("#format").select_option("png")
    job = upload.start()
    job.wait_until_filled(12)
    expect(job.status).to_have_text("completed")

    source = source_pixels(master, job.job_id)
    # Two JPEG decoders may round differently, by at most this much.
    assert numpy.abs(source.astype(int) - images.decoded(sample)).max() <= 2
    result = job.download()
    assert numpy.array_equal(result, images.inverted(images.brightened(source, 60)))
    assert not numpy.array_equal(result, images.brightened(images.inverted(source), 60))


def test_steps_are_dragged_and_transparency_stays(master, tab, picture):
    source = images.with_alpha(picture[1])
    upload = UploadPage(tab(master))
    upload.add(file("alpha.png", images.encoded(source)))
    upload.add_step("brightness", delta=-70)
    upload.add_step("invert")
    grip = upload.steps.nth(1).locator(".grip")
    grip.hover()
    above = upload.steps.nth(0).bounding_box()
    mouse = upload.page.mouse
    mouse.down()
    mouse.move(above["x"] + 20, above["y"] + 10, steps=8)
    upload.expect_steps("brightness", "invert")
    mouse.up()
    upload.expect_steps("invert", "brightness")
    expect(upload.page.locator("#pipeline-text")).to_have_text("invert,brightness:delta=-70")
    job = upload.start()
    job.wait_until_filled(9)
    result = job.download()
    assert numpy.array_equal(result, images.brightened(images.inverted(source), -70))
    assert not numpy.array_equal(result, images.inverted(images.brightened(source, -70)))


def test_an_unusable_file_is_refused_before_any_upload(master, tab, picture):
    page = tab(master)
    sent = submissions(page)
    upload = UploadPage(page)
    upload.add(
        file("first.png", picture[0]), file("last.png", picture[0]),
        file("small.png", images.encoded(images.pixels(640, 1100))))
    small = upload.row("small.png")
    expect(small).to_have_attribute("data-state", "refused")
    expect(small).to_contain_text("It is too small: each side needs at least 1,024 px, and it has 640 × 1100 px.")
    upload.add_step("invert")
    expect(page.locator("#start-reason")).to_contain_text("1 file is left out")
    assert sent == []
    page.get_by_role("button", name="Start 2 jobs").click()
    for name in ("first.png", "last.png"):
        expect(upload.row(name).locator(".badge")).to_have_text("completed")
        expect(upload.row(name).get_by_test_id("download")).to_be_visible()
    assert len(sent) == 2
    expect(small).to_have_attribute("data-state", "refused")


@pytest.mark.parametrize("hostile", [
    "<img src=x onerror=alert(1)>.png", "<b>bold&lt;.png", "50%+1 ☃, #2.png"], ids=["image", "markup", "signs"])
def test_a_hostile_name_is_text_on_every_page(master, tab, picture, hostile):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file(hostile, picture[0]))
    expect(upload.rows.locator(".file-name")).to_have_text(hostile)
    expect(page.locator("#preview-name")).to_have_text(hostile)
    job = upload.start()
    expect(page.locator("#filename")).to_have_text(hostile)
    job.wait_until_filled(9)
    open_dashboard(page)
    row = page.locator(f"[data-testid=history-row][data-job='{job.job_id}']")
    expect(row.locator(".job-name")).to_have_text(hostile)
    row.get_by_test_id("delete").click()
    expect(page.locator("#delete-name")).to_have_text(hostile)
    # If the name were markup, there would be an image.
    expect(page.locator("img[src=x]")).to_have_count(0)


@pytest.mark.parametrize("name, data, reason", [
    ("letter.png", b"Dear reader, this is no image.\n" * 50, "This is no image that is taken"),
    ("empty.png", b"", "It is empty"),
    ("moving.gif", b"GIF89a" + bytes(100), "GIF files are not taken. Use PNG, "),
    ("head.png", images.encoded(images.pixels(64, 64))[:20], re.compile("damaged|ends|cut off", re.I)),
    ("half.png", images.encoded(images.pixels(1100, 1100))[:900_000], re.compile("damaged|ends|cut off", re.I)),
    ("moving.png", images.animated(images.pixels(1100, 1100)), re.compile("animat", re.I)),
], ids=["text", "empty", "gif", "head", "half", "animation"])
def test_files_that_are_no_images_are_refused_at_once(master, tab, name, data, reason):
    """The page refuses such a file by its first bytes, or the master refuses it when it is asked for a preview."""
    page = tab(master)
    tab.expect("(415|422) .*/api/v1/preview")
    sent = submissions(page)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file(name, data))
    row = upload.row(name)
    expect(row).to_have_attribute("data-state", "refused")
    expect(row).to_contain_text(reason)
    # The button stays focusable, so it is not disabled.
    page.locator("#start").click(force=True)
    expect(page.locator("#start-reason")).to_have_text("None of the files can be used.")
    assert sent == []
    row.get_by_test_id("remove-file").click()
    expect(upload.rows).to_have_count(0)


def test_a_damaged_image_fails_with_the_reason(master, tab, picture):
    page = tab(master)
    tab.expect("422 .*/source/region")
    upload = UploadPage(page)
    upload.add_step("invert")
    # The browser shows such a JPEG, so the page does not ask the master beforehand.
    data = bytearray(images.encoded(picture[1], "JPEG"))
    data[len(data) // 2:len(data) // 2 + 64] = bytes(64)
    upload.add(file("damaged.jpg", bytes(data), "image/jpeg"))
    expect(upload.row("damaged.jpg")).to_have_attribute("data-state", "ready")
    job = upload.start()
    expect(job.status).to_have_text("failed")
    expect(page.locator("#reason")).to_contain_text("This job failed.")
    expect(page.locator("#reason-text")).to_contain_text(re.compile("damaged|truncated|cannot be|decode", re.I))
    expect(page.locator("#download")).to_be_hidden()


def test_the_preview_follows_the_steps(master, tab):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("brightness")
    upload.add_sample()
    upload.expect_preview("brightness")
    before = canvas_pixels(page, "#preview-before")
    assert before.shape[:2] == (512, 512)
    assert numpy.array_equal(canvas_pixels(page, "#preview-after"), images.brightened(before, 40))
    upload.parameter(0, "delta").fill("-25")
    upload.expect_preview("brightness:delta=-25")
    assert numpy.array_equal(canvas_pixels(page, "#preview-after"), images.brightened(before, -25))
    upload.add_step("invert")
    upload.expect_preview("brightness:delta=-25,invert")
    assert numpy.array_equal(canvas_pixels(page, "#preview-after"), images.inverted(images.brightened(before, -25)))
    # An invalid value is reported, and no preview is made.
    upload.parameter(0, "delta").fill("900")
    expect(page.locator("#preview-message")).to_contain_text("cannot be used")
    expect(page.locator("#preview-after")).to_be_hidden()
    expect(page.locator("#start")).to_have_attribute("aria-disabled", "true")
    upload.parameter(0, "delta").fill("40")
    upload.expect_preview("brightness,invert")
    page.locator("#crop-frame").press("Shift+ArrowLeft")
    moved = eventually("another part is shown", lambda: different(canvas_pixels(page, "#preview-before"), before))
    eventually("the steps' picture of it", lambda: numpy.array_equal(
        canvas_pixels(page, "#preview-after"), images.inverted(images.brightened(moved[0], 40))))


def different(one, other):
    return [one] if one.shape == other.shape and not numpy.array_equal(one, other) else None


def test_presets_and_the_last_steps_are_kept(master, tab):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("brightness", delta=-12)
    upload.add_step("grayscale")
    page.locator("#presets-panel summary").click()
    page.locator("#preset-name").fill("<b>Dusk</b>")
    page.locator("#preset-save").click()
    presets = page.get_by_test_id("preset")
    expect(presets).to_have_count(1)
    expect(presets.locator("strong")).to_have_text("<b>Dusk</b>")
    page.locator("#steps-clear").click()
    upload.add_step("invert")
    page.reload()
    upload.wait_until_ready()
    upload.expect_steps("invert")
    page.locator("#presets-panel summary").click()
    presets.get_by_test_id("preset-load").click()
    upload.expect_steps("brightness", "grayscale")
    expect(upload.parameter(0, "delta")).to_have_value("-12")
    presets.get_by_test_id("preset-delete").click()
    expect(presets).to_have_count(0)
    page.reload()
    upload.wait_until_ready()
    upload.expect_steps("brightness", "grayscale")
    expect(presets).to_have_count(0)
