"""Accessibility: keyboard alone, small screens, names for screen readers, contrast."""

import json
import re

import audits
import images
import pytest
from browser import JobPage, UploadPage, file, open_dashboard
from playwright.sync_api import expect


def press(page, key, until=None, most=60):
    """Presses a key, repeatedly until `until` accepts the focused element. The focus must be visible after each
    press."""
    for _ in range(most if until else 1):
        page.keyboard.press(key)
        now = audits.focus(page)
        if until and until(now):
            return now
    assert not until, f"not reached: now at {now}"
    return now


def on(id="", testid=""):
    return lambda now: now["id"] == id if id else now["testid"] == testid


def add_step(page, title):
    """Adds a step by keyboard. The focus must be before or on the button that adds one."""
    if audits.focus(page)["id"] != "add-step":
        press(page, "Tab", on("add-step"))
    press(page, "Enter")
    while not audits.focus(page)["text"].startswith(title):
        press(page, "ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("step").filter(has_text=title)).to_have_count(1)


def test_keyboard_alone_completes_a_job(master, tab):
    page = tab(master)
    upload = UploadPage(page)
    press(page, "Tab", on("sample"))
    press(page, "Enter")
    expect(upload.row("sample.jpg")).to_have_attribute("data-state", "ready")
    assert audits.focus(page)["id"] == "sample"
    press(page, "Tab", on("steps-clear"))
    press(page, "Space")
    expect(upload.steps).to_have_count(0)
    add_step(page, "Brightness")
    add_step(page, "Invert")
    upload.expect_steps("brightness", "invert")
    press(page, "Shift+Tab", on(testid="move-up"))
    press(page, "Space")
    upload.expect_steps("invert", "brightness")
    assert audits.focus(page)["testid"] == "move-up"
    # The arrow keys move a step, too.
    press(page, "Alt+ArrowDown")
    upload.expect_steps("brightness", "invert")
    press(page, "Alt+ArrowUp")
    upload.expect_steps("invert", "brightness")
    press(page, "Tab", on("start"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/jobs/"))
    job = JobPage(page)
    assert master.get(f"jobs/{job.job_id}")["transforms"] == "invert,brightness"
    job.wait_until_filled(12)
    press(page, "Tab", on("download"))
    expect(page.locator("#download")).to_be_focused()


def test_keyboard_alone_sets_the_options(master, tab, picture):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("one.jpg", images.encoded(picture[1], "JPEG"), "image/jpeg"))
    upload.expect_preview("invert")
    page.locator("#quality").focus()
    press(page, "Tab")
    press(page, "Enter")
    press(page, "Tab", on("option-metadata"))
    press(page, "ArrowDown")
    expect(page.locator("#option-metadata")).to_have_value("private")
    press(page, "Tab", on("option-background"))
    page.keyboard.type("ffcc00")
    press(page, "Tab", on("option-progressive"))
    press(page, "Space")
    press(page, "Tab", on("start"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/jobs/"))
    asked = master.get(f"jobs/{JobPage(page).job_id}")["options"]
    assert asked == {"metadata": "private", "background": "ffcc00", "progressive": True}


def upload_empty(page, picture, finished):
    UploadPage(page)
    return ["#sample", ".file-choice", "#add-step", "#start"]


def upload_filled(page, picture, finished):
    upload = UploadPage(page)
    upload.add_step("blur")
    upload.add_step("brightness")
    upload.add(file("a-rather-long-name-of-a-file-that-someone-made-" * 3 + ".png", picture[0]), file("no.txt", b"no"))
    upload.expect_preview("blur,brightness")
    page.locator("#format").select_option("jpeg")
    page.locator("#presets-panel summary").click()
    page.locator("#text-panel summary").click()
    return ["#sample", "[data-testid=step]", "#preview-stage", "#quality", "#preset-save", "#start"]


def upload_options(page, picture, finished):
    """The fold with all options, one of them wrong."""
    upload = UploadPage(page)
    upload.add(file("pages.tif", images.pages(picture[1], picture[1])), file("one.jpg", images.encoded(picture[1], "JPEG")))
    expect(upload.row("pages.tif")).to_have_attribute("data-state", "ready")
    page.locator("#options-panel summary").click()
    page.locator("#option-compression").select_option("deflate")
    page.locator("#option-background").fill("12")
    expect(page.locator("#about-background")).to_contain_text("six hexadecimal digits")
    return [f"#option-{name}" for name in (
        "metadata", "background", "progressive", "subsampling", "compression", "tiled", "pyramid", "level", "page")]


def upload_menu(page, picture, finished):
    UploadPage(page)
    page.locator("#add-step").click()
    return ["#step-menu", "[data-testid=add-option]:visible"]


def job_compared(page, picture, finished):
    JobPage(page, finished).wait_for_comparison()
    return ["#download", "#delete", "#viewer-glass", "#divider", "#zoom-full", "#show-tiles"]


def job_tiles(page, picture, finished):
    job = JobPage(page, finished)
    job.wait_for_comparison()
    page.locator("#show-tiles").click()
    page.locator("#by-worker").check()
    expect(page.locator("#legend")).to_be_visible()
    return ["#mosaic", "#by-worker", "#show-compare"]


def job_noted(page, picture, finished):
    noted = json.loads(page.request.post(
        "/api/v1/jobs?transforms=invert", data=images.pages(picture[1], picture[1])).text())
    JobPage(page, noted).wait_until_filled(9)
    return ["#notes-card", "[data-testid=note]", "#facts"]


def job_missing(page, picture, finished):
    page.goto("/jobs/01a1fd78-1661-78e8-a283-6d9837ba9505")
    expect(page.locator("#job-missing")).to_be_visible()
    return ["#job-missing .button"]


def dashboard(page, picture, finished):
    open_dashboard(page)
    return ["#search", "#status-filter", "[data-testid=worker]", "[data-testid=drain]", "[data-testid=history-row]",
            "[data-testid=choose]", "[data-testid=download]"]


def dashboard_dialog(page, picture, finished):
    open_dashboard(page)
    page.get_by_test_id("choose").first.check()
    page.locator("#selection-delete").click()
    return ["#delete-many-keep", "#delete-many-confirm"]


def drain_dialog(page, picture, finished):
    open_dashboard(page)
    page.get_by_test_id("drain").first.click()
    return ["#drain-keep", "#drain-confirm"]


views = [upload_empty, upload_filled, upload_options, upload_menu, job_compared, job_tiles, job_noted, job_missing,
         dashboard, dashboard_dialog, drain_dialog]
every_view = pytest.mark.parametrize("view", views, ids=[view.__name__ for view in views])


def expect_complaints(tab, view):
    if view is job_missing:
        tab.expect("404 .*/jobs/")


@every_view
def test_every_control_fits_a_phone(master, tab, picture, finished, view):
    expect_complaints(tab, view)
    page = tab(master, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    controls = view(page, picture, finished)
    for width, height in ((390, 844), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("innerWidth") == width
        assert audits.too_wide(page) <= 0
        for control in controls:
            place = page.locator(control).first
            expect(place).to_be_visible()
            box = place.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, (control, box)


@every_view
def test_every_control_has_a_name_and_enough_contrast(master, tab, picture, finished, view):
    expect_complaints(tab, view)
    page = tab(master, reduced_motion="reduce")
    view(page, picture, finished)
    assert page.evaluate(audits.FRAME) == {"headings": 1, "language": "en", "pictures": 0, "main": 1}
    assert audits.nameless(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        poor = audits.poor_contrast(page)
        assert not poor, f"{scheme}: {poor}"
