"""Pages with forced colors: no information depends on a background alone."""

import io

import numpy
from browser import JobPage, UploadPage, file, open_dashboard
from PIL import Image
from playwright.sync_api import expect

# Forced colors, as with a contrast theme on Windows.
FORCED = {"forced_colors": "active", "reduced_motion": "reduce"}


def shades(page, locator):
    """The pixels of an element on the screen, as gray."""
    return numpy.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("L")).astype(int)



# A copy of an element does not change with the page's data.
COPIED = """(one, change) => {
    document.getElementById("copied")?.remove();
    const copy = one.cloneNode(true);
    copy.id = "copied";
    copy.style.height = "16px";
    for (const [name, value] of Object.entries(change)) copy.style.setProperty(name, value);
    one.after(copy);
}"""


def copied(page, locator, **change):
    locator.evaluate(COPIED, {f"--{name}": value for name, value in change.items()})
    return page.locator("#copied")


def test_bars_show_their_progress(own_master, tab, picture):
    master = own_master("--local-workers", "1")
    master.wait_for_workers(1)
    page = tab(master, **FORCED)
    job = JobPage(page, master.wait_for(master.submit(picture[0])))
    job.wait_for_comparison()
    for bar in (page.locator("#progress"), page.get_by_test_id("share").locator(".progress")):
        seen = shades(page, copied(page, bar, done="0.5"))
        middle = seen[seen.shape[0] // 2]
        left, right = middle[len(middle) // 4], middle[len(middle) * 3 // 4]
        assert abs(left - right) > 60, middle


def test_the_chosen_view_and_the_page_are_marked(master, tab, finished):
    page = tab(master, **FORCED)
    JobPage(page, finished).wait_for_comparison()
    chosen, other = shades(page, page.locator("#show-compare")), shades(page, page.locator("#show-tiles"))
    assert abs(numpy.median(chosen) - numpy.median(other)) > 60
    open_dashboard(page)
    here, there = (shades(page, page.get_by_role("link", name=name, exact=True).first)
                   for name in ("Dashboard", "New job"))
    assert abs(numpy.median(here) - numpy.median(there)) > 60


def test_states_and_the_queue_differ_visibly(master, tab, finished):
    page = tab(master, **FORCED)
    open_dashboard(page)
    # Five parts of equal size, independent of the jobs.
    bar = copied(page, page.locator(".share-bar"))
    bar.evaluate("""bar => [...bar.children].forEach((one) => {
        one.hidden = false;
        one.style.flexGrow = 1;
    })""")
    bar = shades(page, bar)
    parts = numpy.array_split(bar[4:-4, 4:-4], 5, axis=1)
    looks = [(round(float(part.mean()) / 8), round(float(part.std()) / 8)) for part in parts]
    assert len(set(looks)) == 5, looks
    keys = [shades(page, page.locator(f".share-words li[data-status={name}]")) for name in (
        "processing", "pending", "completed", "failed", "cancelled")]
    assert all(key.std() > 5 for key in keys)
    seen = shades(page, copied(page, page.locator("#window-meter"), part="0.5"))
    middle = seen[seen.shape[0] // 2]
    assert abs(middle[len(middle) // 4] - middle[len(middle) * 3 // 4]) > 60


def test_the_selected_file_is_marked(master, tab, picture):
    page = tab(master, **FORCED)
    upload = UploadPage(page)
    upload.add(file("one.png", picture[0]), file("two.png", picture[0]))
    for name in ("one.png", "two.png"):
        expect(upload.row(name)).to_have_attribute("data-state", "ready")
    styles = [upload.row(name).evaluate("one => getComputedStyle(one).outlineStyle") for name in ("one.png", "two.png")]
    assert sorted(styles) == ["none", "solid"]
