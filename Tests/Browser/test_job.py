"""The page of a job: its actions, the comparison, and a master that is away."""

import math
import re
import signal
from urllib.parse import parse_qs, urlsplit

import images
import numpy
from browser import JobPage, canvas_pixels, open_dashboard
from daemons import eventually
from playwright.sync_api import expect


def test_a_job_is_cancelled_tried_again_and_deleted(own_master, tab, picture):
    master = own_master("--local-workers", "0")
    page = tab(master)
    submitted = master.submit(picture[0], "invert", filename="patient.png")
    job = JobPage(page, submitted)
    expect(page.locator("#reason")).to_contain_text("worker-main")
    page.locator("#cancel").click()
    expect(job.status).to_have_text("cancelled")
    expect(page.locator("#cancel")).to_be_hidden()
    master.wait_for(submitted, "cancelled")
    page.locator("#retry").click()
    expect(job.status).to_have_text(re.compile("pending|processing"))
    assert master.get(f"jobs/{job.job_id}")["status"] in ("pending", "processing")
    page.locator("#delete").click()
    dialog = page.locator("#delete-dialog")
    expect(dialog).to_contain_text("“patient.png” and its result are removed for good. It is not finished")
    page.locator("#delete-keep").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#delete")).to_be_focused()
    page.locator("#delete").click()
    page.locator("#delete-confirm").click()
    page.wait_for_url("**/dashboard")
    assert master.request("GET", f"/api/v1/jobs/{submitted['job_id']}")[0] == 404
    expect(page.locator("#history-empty")).to_contain_text("No jobs yet")


def test_an_unknown_job_is_reported(master, tab):
    page = tab(master)
    tab.expect("404 .*/jobs/")
    for unknown in ("01a1fd78-1661-78e8-a283-6d9837ba9505", "nonsense"):
        assert page.goto(f"/jobs/{unknown}").status == 404
        expect(page.locator("#job-missing-title")).to_have_text(f"There is no job {unknown}")
        expect(page.locator("#job-page")).to_be_hidden()


def test_a_deletion_by_another_client_is_shown(master, tab, picture):
    page = tab(master)
    # The page's requests at that moment get 404.
    tab.expect("404 .*/region")
    submitted = master.wait_for(master.submit(picture[0]))
    JobPage(page, submitted).wait_for_comparison()
    assert master.request("DELETE", submitted["links"]["self"])[0] == 204
    expect(page.locator("#reason-title")).to_have_text("This job was deleted.")
    expect(page.locator("#download")).to_be_hidden()


def test_pages_outlive_the_master(own_master, start_worker, tab, picture):
    """The master is killed and started again. The page is not reloaded."""
    master = own_master("--local-workers", "0")
    submitted = master.submit(picture[0], "invert", filename="survivor.png")
    follower, overview = tab(master), tab(master)
    job = JobPage(follower, submitted)
    open_dashboard(overview)
    pages = (follower, overview)
    for page in pages:
        page.evaluate("window.isTheSame = true")
    tab.expect("ERR_CONNECTION|WebSocket connection")
    master.stop(signal.SIGKILL)
    for page in pages:
        expect(page.locator(".away")).to_be_visible()
        expect(page.locator("#fleet")).to_have_text("Master away")
    again = own_master("--local-workers", "0", folder=master.folder, port=master.port)
    for page in pages:
        expect(page.locator(".away")).to_be_hidden()
        expect(page.locator("#fleet")).to_have_text("No worker online")
    start_worker(again, "worker-1")
    job.wait_until_filled(9)
    expect(job.status).to_have_text("completed")
    row = overview.locator(f"[data-testid=history-row][data-job='{submitted['job_id']}']")
    expect(row).to_have_attribute("data-status", "completed")
    assert all(page.evaluate("window.isTheSame") for page in pages)
    assert numpy.array_equal(job.download(), images.inverted(picture[1]))


def compared(page, source, result):
    """Whether the viewer shows the middle of both pictures at 100 %, source left of the divider and result right of
    it."""
    seen = canvas_pixels(page, "#viewer-canvas")[..., :3]
    height, width = seen.shape[:2]
    part = float(page.locator("#divider").input_value()) / 100
    cut = math.floor(part * width + 0.5)
    # If the middle lies between two pixels, either may be used.
    for left in {math.floor((source.shape[1] - width) / 2), math.ceil((source.shape[1] - width) / 2)}:
        for top in {math.floor((source.shape[0] - height) / 2), math.ceil((source.shape[0] - height) / 2)}:
            place = (slice(top, top + height), slice(left, left + width))
            if numpy.array_equal(seen[:, :cut], source[place][:, :cut]) and \
                    numpy.array_equal(seen[:, cut:], result[place][:, cut:]):
                return True
    return False


def test_the_comparison_opens_when_the_job_is_done(own_master, start_worker, tab, picture):
    master = own_master("--local-workers", "0")
    page = tab(master)
    job = JobPage(page, master.submit(picture[0], "invert"))
    expect(page.locator("#mosaic")).to_be_visible()
    expect(page.locator("#stage-switch")).to_be_hidden()
    start_worker(master, "worker-1")
    job.wait_for_comparison()
    expect(page.locator("#show-compare")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#mosaic")).to_be_hidden()


def test_the_comparison_is_exact_and_can_be_moved(master, tab):
    source = images.pixels(1900, 1500)
    result = images.brightened(images.inverted(source), 60)
    page = tab(master)
    job = JobPage(page, master.wait_for(master.submit(images.encoded(source), "invert,brightness:delta=60")))
    job.wait_for_comparison()
    viewer, glass, divider = (page.locator(name) for name in ("#viewer", "#viewer-glass", "#divider"))
    fitted = viewer.get_attribute("data-zoom")
    assert float(fitted) < 1
    page.locator("#zoom-full").click()
    expect(viewer).to_have_attribute("data-zoom", "1")
    expect(page.locator("#zoom-now")).to_have_text("100 %")
    canvas = page.locator("#viewer-canvas")
    assert canvas.evaluate("one => one.width") < 1900 and canvas.evaluate("one => one.height") < 1500
    eventually("all pixels as they are", lambda: compared(page, source, result))
    divider.fill("20")
    eventually("the divider moved", lambda: compared(page, source, result))

    box = glass.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7 - 90, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    eventually("the picture moved", lambda: not compared(page, source, result))
    page.mouse.wheel(0, -300)
    expect(viewer).not_to_have_attribute("data-zoom", "1")
    glass.press("0")
    expect(viewer).to_have_attribute("data-zoom", fitted)
    page.locator("#show-tiles").click()
    expect(page.locator("#mosaic")).to_be_visible()
    page.locator("#show-compare").click()
    expect(glass).to_be_visible()


def test_a_large_image_is_never_fetched_whole(master, tab):
    large = numpy.tile(images.pixels(1000, 1000), (5, 6, 1))
    submitted = master.wait_for(master.submit(images.encoded(large, "JPEG", quality=90), "invert", format="png"))
    page = tab(master)
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    job = JobPage(page, submitted)
    job.wait_for_comparison()
    page.locator("#zoom-full").click()
    expect(page.locator("#viewer")).to_have_attribute("data-zoom", "1")
    part = images.inverted(source_part(master, job.job_id, slice(2510, 2610), slice(3010, 3110)))
    eventually("the pixels themselves are there", lambda: shows_part(page, part))
    page.locator("#show-tiles").click()
    job.wait_until_filled(120)

    pictures = [one for one in asked if re.search("/(source|result)", urlsplit(one.url).path)]
    assert pictures
    for one in pictures:
        address = urlsplit(one.url)
        assert address.path.endswith("/region"), one.url
        assert int(parse_qs(address.query)["max"][0]) <= 2048
    fetched = sum(one.sizes()["responseBodySize"] for one in pictures)
    whole = submitted["source"]["bytes"] + submitted["result"]["bytes"]
    print(f"{len(pictures)} parts, {fetched / 1e6:.1f} MB of {whole / 1e6:.1f} MB")
    assert fetched < whole / 4


def source_part(master, job_id, rows, columns):
    query = f"x={columns.start}&y={rows.start}&w={columns.stop - columns.start}&h={rows.stop - rows.start}&format=png"
    status, _, body = master.request("GET", f"/api/v1/jobs/{job_id}/source/region?{query}")
    assert status == 200
    return images.decoded(body)


def shows_part(page, part):
    """Whether the viewer shows these pixels, 10 px right of its middle and 10 px below it."""
    seen = canvas_pixels(page, "#viewer-canvas")[..., :3]
    height, width = seen.shape[:2]
    # If the middle lies between two pixels, either may be used.
    places = [(x, y) for x in range(width // 2 + 9, width // 2 + 12) for y in range(height // 2 + 9, height // 2 + 12)]
    return any(numpy.array_equal(seen[y:y + 100, x:x + 100], part) for x, y in places)
