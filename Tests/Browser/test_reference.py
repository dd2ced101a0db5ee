"""The page that shows the API's description."""

import json
import os
import pathlib

import audits
import pytest
from browser import wait_for_channel
from playwright.sync_api import expect

SIZES = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
}


@pytest.fixture(scope="session")
def api(master):
    return json.loads(master.request("GET", "/openapi.json")[2])


def operations(api):
    return [(method, path, item[method]) for path, item in api["paths"].items() for method in item
            if method in ("get", "post", "delete")]


def open_reference(page, place=""):
    page.goto(f"/api{place}")
    expect(page.locator("#reference-schemas details").first).to_be_attached()
    wait_for_channel(page)


def test_every_operation_and_schema_is_listed(tab, master, api):
    """The reference is linked at the foot of other pages."""
    page = tab(master)
    page.goto("/")
    page.get_by_role("link", name="API description").click()
    page.wait_for_url("**/api")
    expect(page.locator("#reference-schemas details")).to_have_count(len(api["components"]["schemas"]))
    described = operations(api)
    expect(page.locator("#reference-operations details")).to_have_count(len(described))
    for method, path, operation in described:
        card = page.locator(f"#{operation['operationId']}")
        expect(card.locator(".method")).to_have_text(method.upper())
        expect(card.locator(".path")).to_have_text(path)
    card = page.locator("#createJobFromBody")
    card.locator("summary").click()
    for name in ("transforms", "Idempotency-Key", "quality", "507", "application/octet-stream"):
        expect(card.get_by_text(name, exact=True).first).to_be_visible()
    expect(card.get_by_text("Takes the role operator.")).to_be_visible()


def test_links_lead_to_schemas(tab, master):
    page = tab(master)
    open_reference(page, "#getJob")
    card = page.locator("#getJob")
    expect(card).to_have_attribute("open", "")
    card.get_by_role("link", name="Job", exact=True).click()
    schema = page.locator("#schema-Job")
    expect(schema).to_have_attribute("open", "")
    expect(schema).to_be_in_viewport()
    expect(schema.get_by_text("job_id", exact=True)).to_be_visible()


def test_the_reference_works_by_keyboard(tab, master):
    page = tab(master)
    open_reference(page)
    page.locator("#reference-parts a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#part-jobs")).to_be_in_viewport()
    page.locator("#createJob summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#createJob")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert audits.focus(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_reference_is_accessible(tab, master, size):
    page = tab(master, reduced_motion="reduce", **SIZES[size])
    open_reference(page)
    for card in ("createJob", "getResultRegion", "schema-Statistics", "schema-Event"):
        page.locator(f"#{card} > summary").click()
    assert page.evaluate(audits.FRAME) == {"headings": 1, "language": "en", "pictures": 0, "main": 1}
    assert audits.nameless(page) == []
    assert audits.too_wide(page) <= 0
    folder = pathlib.Path(os.environ.get("TILEWORK_SCREENSHOTS") or pathlib.Path(__file__).parent / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert audits.poor_contrast(page) == []
        page.screenshot(path=folder / f"reference-{size}-{scheme}.png")


def test_an_unreadable_description_is_reported(tab, master):
    page = tab(master)
    tab.expect("503")
    page.route("**/openapi.json", lambda route: route.fulfill(
        status=503, content_type="application/problem+json", body=json.dumps({"type": "x", "detail": "not now"})))
    page.goto("/api")
    expect(page.locator("#reference-state")).to_have_text("not now")
