"""The dashboard: workers that come and go, jobs that run, and the history."""

import re
import signal

import images
import pytest
from browser import open_dashboard, wait_for_channel
from daemons import Master
from playwright.sync_api import expect


def test_workers_come_and_go(own_master, start_worker, tab):
    master = own_master("--local-workers", "0")
    page = tab(master)
    open_dashboard(page)
    expect(page.locator("#workers-empty")).to_contain_text("No worker is online")
    expect(page.locator("#worker-command")).to_have_text(f"worker-main worker-1 --master {master.url}")
    expect(page.locator("#fleet")).to_have_text("No worker online")
    worker = start_worker(master, "worker-7")
    row = page.locator("[data-testid=worker][data-worker=worker-7]")
    expect(row).to_have_attribute("data-status", "online")
    expect(row).to_contain_text(f"pid {worker.process.pid}")
    expect(page.locator("#workers-empty")).to_be_hidden()
    expect(page.locator("#fleet")).to_have_text("1 worker online")
    worker.stop(signal.SIGKILL)
    expect(row).to_have_attribute("data-status", "offline", timeout=12_000)
    expect(page.locator("#workers-empty")).to_be_visible()
    expect(page.locator("#fleet")).to_have_text("No worker online")
    expect(row.get_by_test_id("drain")).to_be_hidden()
    lost = page.locator("[data-problem=lost]")
    expect(lost).to_have_attribute("data-level", "warning")
    expect(lost).to_contain_text("Workers that were lost")
    expect(page.locator("[data-problem=rebalances]")).to_have_attribute("title", re.compile("partitions"))


def test_a_worker_is_drained(own_master, start_worker, tab):
    master = own_master("--local-workers", "0")
    worker = start_worker(master, "worker-7")
    page = tab(master)
    open_dashboard(page)
    row = page.locator("[data-testid=worker][data-worker=worker-7]")
    drain = row.get_by_test_id("drain")
    drain.click()
    expect(page.locator("#drain-text")).to_contain_text("“worker-7” finishes the tiles")
    expect(page.locator("#drain-text")).to_contain_text("No other worker is online")
    page.locator("#drain-keep").click()
    expect(page.locator("#drain-dialog")).to_be_hidden()
    expect(row).to_have_attribute("data-status", "online")
    drain.click()
    # A stopped worker cannot follow the order before the page has shown it.
    worker.process.send_signal(signal.SIGSTOP)
    page.locator("#drain-confirm").click()
    expect(row).to_have_attribute("data-status", "draining")
    expect(row).to_contain_text("draining")
    expect(drain).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#fleet")).to_have_text("1 worker online")
    worker.process.send_signal(signal.SIGCONT)
    expect(row).to_have_attribute("data-status", "offline")
    expect(drain).to_be_hidden()
    assert worker.process.wait(30) == 0
    assert master.get("statistics")["workers"]["lost"] == 0


def test_an_offline_worker_is_forgotten(own_master, start_worker, tab):
    master = own_master("--local-workers", "0")
    worker = start_worker(master, "worker-7")
    page, other = tab(master), tab(master)
    for each in (page, other):
        open_dashboard(each)
    row = page.locator("[data-testid=worker][data-worker=worker-7]")
    forget = row.get_by_test_id("forget")
    expect(row).to_have_attribute("data-status", "online")
    expect(forget).to_be_hidden()
    status, _, body = master.request("DELETE", "/api/v1/workers/worker-7")
    assert status == 409 and b"drain it first" in body
    assert worker.stop() == 0
    expect(row).to_have_attribute("data-status", "offline")
    forget.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    # Other pages are told as well.
    expect(other.locator("[data-testid=worker]")).to_have_count(0)
    assert master.get("workers")["workers"] == []
    # A forgotten worker may come back.
    start_worker(master, "worker-7")
    expect(row).to_have_attribute("data-status", "online")


def test_an_offline_worker_cannot_be_drained(own_master, start_worker, tab):
    master = own_master("--local-workers", "0")
    worker = start_worker(master, "worker-7")
    page = tab(master)
    tab.expect("409 .*/drain")
    open_dashboard(page)
    row = page.locator("[data-testid=worker][data-worker=worker-7]")
    row.get_by_test_id("drain").click()
    assert worker.stop() == 0
    expect(row).to_have_attribute("data-status", "offline")
    page.locator("#drain-confirm").click()
    expect(page.locator("#drain-error")).to_contain_text("worker-7 is offline")
    page.keyboard.press("Escape")
    expect(page.locator("#drain-dialog")).to_be_hidden()


def test_the_upload_page_says_that_jobs_will_wait(own_master, start_worker, tab):
    master = own_master("--local-workers", "0")
    page = tab(master)
    page.goto("/")
    expect(page.locator("#no-worker")).to_contain_text("No worker is online.")
    expect(page.locator("#no-worker-command")).to_have_text(f"worker-main worker-1 --master {master.url}")
    start_worker(master, "worker-1")
    expect(page.locator("#no-worker")).to_be_hidden()


def test_a_job_is_followed_from_waiting_to_its_deletion(own_master, start_worker, tab, picture):
    master = own_master("--local-workers", "0")
    page = tab(master)
    open_dashboard(page)
    expect(page.locator("#active-empty")).to_be_visible()
    job = master.submit(picture[0], "invert", filename="lively.png")
    active = page.locator(f"[data-testid=active-job][data-job='{job['job_id']}']")
    row = page.locator(f"[data-testid=history-row][data-job='{job['job_id']}']")
    expect(active).to_contain_text("lively.png")
    expect(row).to_have_attribute("data-status", re.compile("pending|processing"))
    active.get_by_test_id("cancel").click()
    expect(row).to_have_attribute("data-status", "cancelled")
    row.get_by_test_id("retry").click()
    start_worker(master, "worker-1")
    expect(row).to_have_attribute("data-status", "completed")
    expect(active).to_have_count(0)
    expect(page.locator("[data-total=tiles]")).to_contain_text("9")
    with page.expect_download() as started:
        row.get_by_test_id("download").click()
    assert (images.decoded(started.value.path().read_bytes()) == images.inverted(picture[1])).all()
    row.get_by_test_id("delete").click()
    page.locator("#delete-confirm").click()
    expect(row).to_have_count(0)
    assert master.get("jobs")["jobs"] == []


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A master with 34 waiting jobs, two of them cancelled."""
    running = Master(tmp_path_factory.mktemp("archive"), "--local-workers", "0", "--min-size", "64")
    small = images.encoded(images.pixels(64, 64))
    for number in range(34):
        job = running.submit(small, filename=f"{'beach walk' if number % 4 == 0 else 'photo'} {number}.png")
        if number < 2:
            assert running.request("POST", job["links"]["cancel"])[0] == 200
    yield running
    running.stop()


def names(page):
    return page.get_by_test_id("history-row").locator(".job-name")


def test_the_history_comes_in_pages(archive, tab):
    page = tab(archive)
    open_dashboard(page)
    expect(names(page)).to_have_count(25)
    expect(names(page).first).to_have_text("photo 33.png")
    expect(page.locator("#history-count")).to_have_text("The newest 25 jobs")
    page.locator("#more").click()
    expect(names(page)).to_have_count(34)
    expect(names(page).last).to_have_text("beach walk 0.png")
    expect(page.locator("#more")).to_be_hidden()
    page.reload()
    expect(names(page)).to_have_count(34)
    assert names(page).all_inner_texts() == [
        f"{'beach walk' if number % 4 == 0 else 'photo'} {number}.png" for number in reversed(range(34))]


def test_search_and_state_stay_in_the_address(archive, tab):
    page = tab(archive)
    open_dashboard(page)
    page.locator("#search").fill("BEACH w")
    expect(names(page)).to_have_count(9)
    expect(page).to_have_url(re.compile(r"\?search=BEACH(\+|%20)w$"))
    page.locator("#status-filter").select_option("cancelled")
    expect(names(page)).to_have_text(["beach walk 0.png"])
    page.reload()
    wait_for_channel(page)
    expect(names(page)).to_have_text(["beach walk 0.png"])
    expect(page.locator("#search")).to_have_value("BEACH w")
    expect(page.locator("#status-filter")).to_have_value("cancelled")
    page.locator("#search").fill("nothing like it")
    expect(page.locator("#history-empty")).to_contain_text("No cancelled job matches")
    page.get_by_test_id("clear").click()
    expect(names(page)).to_have_count(25)
    expect(page).to_have_url(re.compile("/dashboard$"))
    page.go_back()
    expect(page.locator("#search")).to_have_value("nothing like it")
    expect(names(page)).to_have_count(0)


def test_the_history_finds_a_job_by_its_id(archive, tab):
    wanted = archive.get("jobs?limit=1")["jobs"][0]
    page = tab(archive)
    open_dashboard(page, f"?search={wanted['job_id']}")
    expect(names(page)).to_have_text([wanted["filename"]])
    expect(page.locator("#search")).to_have_value(wanted["job_id"])
