"""The history of jobs: order, filters, and actions on several jobs."""

import datetime
import io
import re
import zipfile

import images
import pytest
from browser import open_dashboard
from daemons import Master
from playwright.sync_api import expect

phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A master without workers, with 30 waiting jobs of three sizes, in two batches."""
    running = Master(tmp_path_factory.mktemp("archive"), "--local-workers", "0", "--min-size", "64")
    for number in range(30):
        image = images.encoded(images.pixels(64 + number % 3 * 32, 64))
        running.submit(image, ["invert", "blur", "sepia"][number % 3], filename=f"{'zebra' if number % 2 else 'ant'} {number}.png",
                       batch="odd" if number % 2 else "even")
    yield running
    running.stop()


def names(page):
    return page.get_by_test_id("history-row").locator(".job-name")


def test_each_column_sorts(archive, tab):
    page = tab(archive)
    open_dashboard(page)
    expect(names(page).first).to_have_text("zebra 29.png")
    page.get_by_role("button", name="Name", exact=True).click()
    expect(names(page).first).to_have_text("ant 0.png")
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile("sort=filename&order=asc"))
    page.get_by_role("button", name="Name", exact=True).click()
    expect(names(page).first).to_have_text("zebra 9.png")
    page.locator("#more").click()
    expect(names(page)).to_have_count(30)
    shown = names(page).all_inner_texts()
    assert shown == sorted(shown, reverse=True)
    page.reload()
    expect(names(page)).to_have_text(shown)
    for sort in ("status", "size", "transforms", "tiles", "worked", "created"):
        page.locator(f".sorter[data-sort={sort}]").click()
        expect(page.locator(f".sorter[data-sort={sort}]")).to_have_attribute("data-sorted", "true")
        expect(page.locator("#history")).to_have_attribute("aria-busy", "false")
        wanted = [job["filename"] for job in archive.get(
            f"jobs?limit=25&sort={sort}&order={'asc' if sort in ('status', 'transforms') else 'desc'}")["jobs"]]
        expect(names(page).first).to_have_text(wanted[0])
        expect(names(page)).to_have_count(25)
        assert names(page).all_inner_texts() == wanted


def test_dates_workers_and_batches_filter_the_history(archive, tab):
    page = tab(archive)
    open_dashboard(page, "?batch=odd")
    expect(names(page)).to_have_count(15)
    expect(page.locator("#batch-chip")).to_be_visible()
    page.locator("#batch-clear").click()
    expect(names(page)).to_have_count(25)
    day = datetime.date.today()
    page.locator("#from-filter").fill(str(day - datetime.timedelta(days=1)))
    page.locator("#to-filter").fill(str(day + datetime.timedelta(days=1)))
    expect(names(page)).to_have_count(25)
    page.locator("#to-filter").fill(str(day - datetime.timedelta(days=1)))
    expect(page.locator("#history-empty")).to_contain_text("No job matches")
    expect(page).to_have_url(re.compile("from=.*to="))
    page.get_by_test_id("clear").click()
    expect(names(page)).to_have_count(25)
    open_dashboard(page, "?worker=worker-99")
    expect(page.locator("#worker-filter")).to_have_value("worker-99")
    expect(page.locator("#history-empty")).to_contain_text("No job matches")


def test_a_worker_s_jobs_are_found(master, tab, finished):
    worker = next(name for name in master.get(f"jobs/{finished['job_id']}/tiles")["workers"])
    page = tab(master)
    open_dashboard(page)
    page.locator("#worker-filter").select_option(worker)
    expect(page.locator(f"[data-testid=history-row][data-job='{finished['job_id']}']")).to_be_visible()


def test_several_jobs_are_cancelled_retried_and_deleted(own_master, tab):
    master = own_master("--local-workers", "0", "--min-size", "64")
    image = images.encoded(images.pixels(64, 64))
    jobs = [master.submit(image, filename=f"{number}.png") for number in range(4)]
    for job in jobs[:3]:
        assert master.request("POST", job["links"]["cancel"])[0] == 200
    page = tab(master)
    open_dashboard(page)
    page.get_by_label("Choose 0.png").check()
    page.get_by_label("Choose 1.png").check()
    expect(page.locator("#selection-count")).to_have_text("2 jobs chosen")
    page.locator("#selection-retry").click()
    for job in jobs[:2]:
        row = page.locator(f"[data-testid=history-row][data-job='{job['job_id']}']")
        expect(row).to_have_attribute("data-status", re.compile("pending|processing"))
    page.locator("#select-all").check()
    expect(page.locator("#selection-count")).to_have_text("4 jobs chosen")
    page.locator("#selection-delete").click()
    expect(page.locator("#delete-many-dialog")).to_contain_text("and 3 other jobs will be removed for good")
    page.locator("#delete-many-confirm").click()
    expect(names(page)).to_have_count(0)
    expect(page.locator("#selection")).to_be_hidden()
    assert master.get("jobs")["jobs"] == []


def test_several_results_are_downloaded_at_once(master, tab, picture):
    jobs = [master.submit(picture[0], "invert", filename="twice.png") for _ in range(2)]
    for job in jobs:
        master.wait_for(job)
    page = tab(master)
    open_dashboard(page, "?search=twice.png")
    expect(names(page)).to_have_count(2)
    page.locator("#select-all").check()
    with page.expect_download() as started:
        page.locator("#selection-download").click()
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as file:
        assert file.testzip() is None
        assert sorted(file.namelist()) == ["twice-tilework (2).png", "twice-tilework.png"]
        for name in file.namelist():
            assert (images.decoded(file.read(name)) == images.inverted(picture[1])).all()


def test_the_history_is_short_enough_for_a_phone(archive, tab):
    page = tab(archive, **phone)
    open_dashboard(page)
    expect(names(page)).to_have_count(25)
    height = page.locator("#history-table").bounding_box()["height"]
    print(f"25 jobs on a phone: {height:.0f} px")
    assert height < 2500
    page.locator("#sort-choice").select_option("filename asc")
    expect(names(page).first).to_have_text("ant 0.png")
