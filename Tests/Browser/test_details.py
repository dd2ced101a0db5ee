"""Details of pages: long names, times, events, charts, the preview, and a master that is away."""

import json
import re
import signal

import images
import numpy
from browser import JobPage, UploadPage, canvas_pixels, file, open_dashboard
from daemons import eventually
from playwright.sync_api import expect


def test_a_long_name_takes_two_lines(master, tab, picture):
    name = "holiday " * 24 + "end.png"
    job = master.wait_for(master.submit(picture[0], filename=name))
    for width in (1440, 390):
        page = tab(master, viewport={"width": width, "height": 900})
        JobPage(page, job)
        head = page.locator("#filename")
        lines = "one => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)"
        assert head.evaluate(lines) < 2.2
        page.get_by_role("button", name="Whole name").click()
        assert head.evaluate(lines) > 2.5 or width > 1000
        expect(head).to_have_text(name[:200].strip())
        page.get_by_role("button", name="Shorter").click()
        assert head.evaluate(lines) < 2.2
    # The list of files shortens names, too.
    upload = UploadPage(page)
    upload.add(file(name, picture[0]))
    assert upload.rows.locator(".file-name").evaluate(lines) < 2.2


def test_names_cannot_reverse_the_text_direction(master, tab, picture):
    job = master.submit(picture[0], filename="holiday\u202egpj.exe\u2066.png")
    assert job["filename"] == "holidaygpj.exe.png"
    _, headers, _ = master.request("GET", master.wait_for(job)["links"]["result"])
    assert "%E2%80%AE" not in headers["Content-Disposition"]


def test_working_time_excludes_pauses(master, tab):
    page = tab(master)
    page.goto("/dashboard")
    worked = page.evaluate("""async () => {
        const style = document.querySelector("link[rel=stylesheet]").href;
        const { secondsPaused, secondsWorked } = await import(style.replace(/styles\\/.*/, "scripts/shared/job-facts.js"));
        const job = { status: "completed", started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:03:28Z", worked_s: 28 };
        return [secondsWorked(job), secondsPaused(job), secondsWorked({ status: "pending" })];
    }""")
    assert worked == [28, 180, None]


def test_a_retry_shows_the_pause_before_it(own_master, start_worker, tab, picture):
    master = own_master("--local-workers", "0")
    submitted = master.submit(picture[0], "invert")
    eventually("it runs", lambda: master.get(f"jobs/{submitted['job_id']}").get("started_at"))
    cancelled = json.loads(master.request("POST", submitted["links"]["cancel"])[2])
    page = tab(master)
    job = JobPage(page, cancelled)
    # Waits until the pause is long enough to be shown.
    eventually("two seconds", lambda: page.evaluate(f"Date.now() - Date.parse('{cancelled['finished_at']}')") > 2000)
    page.locator("#retry").click()
    start_worker(master, "worker-1")
    expect(job.status).to_have_text("completed")
    expect(page.locator("#pace")).to_contain_text("Paused")
    kinds = [one["kind"] for one in master.get(f"jobs/{job.job_id}/timeline")["events"]]
    assert kinds == ["submitted", "started", "cancelled", "retried", "started", "completed"]
    expect(page.get_by_test_id("event")).to_have_count(6)
    expect(page.locator("#timeline-card")).to_contain_text("Retried")


def test_a_failed_job_shows_its_attempts(own_master, tab):
    master = own_master("--local-workers", "1")
    master.wait_for_workers(1)
    damaged = bytearray(images.encoded(images.pixels(1100, 1100)))
    damaged[500_000:500_064] = bytes(64)
    failed = master.wait_for(master.submit(bytes(damaged), "invert"), "failed")
    tab.expect("422 .*/source/region")
    page = tab(master)
    page.route("**/timeline", lambda route: route.fulfill(content_type="application/json", body=json.dumps({
        "job_id": failed["job_id"], "events": [
            {"at": "2026-05-01T10:00:00.000Z", "kind": "submitted"}, {"at": "2026-05-01T10:00:01.000Z", "kind": "started"},
            {"at": "2026-05-01T10:00:02.000Z", "kind": "attempt_failed", "tile": {"pass": 1, "row": 1, "column": 2},
             "attempt": 1, "worker": "worker-7", "reason": "no memory <b>"},
            {"at": "2026-05-01T10:00:09.000Z", "kind": "worker_lost", "tile": {"pass": 2, "row": 1, "column": 2},
             "attempt": 2, "worker": "worker-8"},
            {"at": "2026-05-01T10:00:10.000Z", "kind": "failed", "reason": "it failed"}]})))
    JobPage(page, failed)
    events = page.get_by_test_id("event")
    expect(events).to_have_count(5)
    expect(events.nth(2)).to_contain_text("Attempt 1 failed")
    expect(events.nth(2)).to_contain_text("Row 1, column 2")
    expect(events.nth(2)).to_contain_text("worker-7")
    expect(events.nth(2)).to_contain_text("No memory <b>.")
    expect(events.nth(3)).to_contain_text("Attempt 2 was lost with its worker")
    expect(events.nth(3)).to_contain_text("Row 1, column 2, pass 2")
    expect(events.nth(3)).to_contain_text("7 s later")


def test_a_cancelled_job_shows_its_source_after_a_restart(own_master, tab, picture):
    master = own_master("--local-workers", "0")
    submitted = master.submit(picture[0], "invert")
    assert master.request("POST", submitted["links"]["cancel"])[0] == 200
    master.stop()
    again = own_master("--local-workers", "0", folder=master.folder)
    page = tab(again, color_scheme="light")
    JobPage(page, submitted)
    expect(page.locator("#mosaic")).to_have_attribute("data-total", "9")
    eventually("the source is seen", lambda: canvas_pixels(page, "#mosaic").std() > 5)
    expect(page.locator("#mosaic-note")).to_be_hidden()


def test_the_age_of_stale_data_is_shown(own_master, tab, picture):
    master = own_master("--local-workers", "0")
    submitted = master.submit(picture[0], "invert")
    follower, overview = tab(master), tab(master)
    JobPage(follower, submitted)
    open_dashboard(overview)
    tab.expect("ERR_CONNECTION|WebSocket connection")
    master.stop(signal.SIGKILL)
    for page in (follower, overview):
        expect(page.locator(".away")).to_contain_text(re.compile(r"What you see is of .* ago\."))
    for control in (follower.locator("#cancel"), overview.get_by_test_id("cancel"), overview.get_by_test_id("delete").first):
        expect(control).to_have_attribute("aria-disabled", "true")
    worked = follower.locator("#pace").inner_text()
    expect(follower.locator(".away")).to_contain_text("3 s ago")
    assert follower.locator("#pace").inner_text() == worked
    own_master("--local-workers", "0", folder=master.folder, port=master.port)
    for page in (follower, overview):
        expect(page.locator(".away")).to_be_hidden()
    expect(follower.locator("#cancel")).not_to_have_attribute("aria-disabled", "true")


def test_the_dashboard_explains_its_figures(master, tab, finished):
    page = tab(master)
    open_dashboard(page)
    expect(page.locator("[data-total=rate]")).to_contain_text("mean of the last 10 s")
    trace = page.locator("#rate-trace .trace")
    eventually("the curve has points", lambda: trace.locator(".spark-line").get_attribute("d"))
    expect(trace.locator(".trace-top")).not_to_be_empty()
    box = trace.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    expect(trace.locator(".trace-value")).to_have_text(re.compile(r"^[\d.,]+/s, now$"))
    drain = page.get_by_test_id("drain").first
    expect(drain.locator(".action-words")).to_be_visible()
    # Counters of 0 are folded away.
    expect(page.locator("[data-problem=given-up]")).to_be_hidden()
    page.locator("#problems-rest").click()
    expect(page.locator("[data-problem=given-up]")).to_be_visible()


def test_each_page_is_as_wide_as_the_others(master, tab, finished):
    page = tab(master, viewport={"width": 1800, "height": 900})
    places = []
    for address in ("/", "/dashboard", f"/jobs/{finished['job_id']}"):
        page.goto(address)
        places.append(page.locator(".bar nav").bounding_box()["x"])
    assert len(set(places)) == 1, places


def test_the_preview_zooms_and_fits(master, tab):
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("brightness")
    upload.add_sample()
    upload.expect_preview("brightness")
    scale = page.locator("#preview-scale")
    for button, words, side in (("in", "200 %", 256), ("in", "400 %", 128), ("full", "100 %", 512), ("out", "50 %", 1024)):
        page.locator(f"#preview-{button}").click()
        expect(scale).to_have_text(words)
        eventually("the part has its size", lambda: canvas_pixels(page, "#preview-after").shape[1] == side
                   and page.locator("#preview-stage").get_attribute("data-state") == "ready")
        before, after = canvas_pixels(page, "#preview-before"), canvas_pixels(page, "#preview-after")
        assert numpy.array_equal(after, images.brightened(before, 40))
    page.locator("#preview-fit").click()
    expect(page.locator("#preview-status")).to_contain_text("The whole image")
    whole = canvas_pixels(page, "#preview-after")
    assert max(whole.shape[:2]) == 512 and whole.shape[0] != whole.shape[1]
    expect(page.locator("#crop-frame")).to_be_hidden()


def test_the_size_of_the_result_is_estimated(master, tab):
    picture = images.pixels(1600, 1400)
    page = tab(master)
    upload = UploadPage(page)
    upload.add_step("invert")
    upload.add(file("photo.png", images.encoded(picture)))
    for kind, quality in (("jpeg", "60"), ("png", None), ("bmp", None)):
        page.locator("#format").select_option(kind)
        if quality:
            page.locator("#quality").fill(quality)
        upload.expect_preview("invert")
        job = master.wait_for(master.submit(
            images.encoded(picture), "invert", format=kind, **({"quality": quality} if quality else {})))

        def guess():
            told = re.search(r"about ([\d.]+) (kB|MB)", page.locator("#preview-estimate").inner_text())
            return told and float(told[1]) * {"kB": 1e3, "MB": 1e6}[told[2]]
        size = job["result"]["bytes"]
        eventually(f"an estimate of {kind} near {size}", lambda: guess() and 0.6 < guess() / size < 1.7)
        print(f"{kind}: about {guess() / 1e3:.0f} kB, {size / 1e3:.0f} kB")


def test_the_default_quality_is_shown(master, tab, picture):
    page = tab(master)
    upload = UploadPage(page)
    upload.add(file("one.jpg", images.encoded(picture[1], "JPEG"), "image/jpeg"))
    quality = page.locator("#quality")
    expect(quality).to_have_attribute("placeholder", "95")
    expect(page.locator("#quality-slider")).to_have_value("95")
    page.locator("#format").select_option("webp")
    expect(quality).to_have_attribute("placeholder", "lossless")


def test_one_line_compares_before_and_after(master, tab, finished):
    page = tab(master)
    JobPage(page, finished).wait_for_comparison()
    # One slider takes the keys. The page shows it as the line that the pointer drags.
    expect(page.locator("#stage-compare").get_by_role("slider")).to_have_count(1)
    line, glass = page.locator("#divider-line"), page.locator("#viewer-glass")
    before = line.bounding_box()["x"]
    page.locator("#divider").focus()
    page.keyboard.press("ArrowRight")
    assert line.bounding_box()["x"] > before
    assert page.locator(".divider-grip").first.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    box, grip = glass.bounding_box(), line.bounding_box()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, grip["y"] + 40, steps=3)
    page.mouse.up()
    assert abs(float(page.locator("#divider").input_value()) - 25) < 2
