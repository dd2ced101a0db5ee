"""The mosaic of a job shows finished tiles only, at any moment."""

import images
import numpy
import pytest
from browser import JobPage
from daemons import eventually
from playwright.sync_api import expect

# Looks at the mosaic after each painting. In the light scheme dimmed tiles are bright, too, so a dark pixel is never
# part of the picture.
WATCH = """() => {
    const canvas = document.getElementById("mosaic");
    window.darkest = 255;
    window.looks = 0;
    new MutationObserver(() => {
        const done = Number(canvas.dataset.done);
        if (done === 0 || done === Number(canvas.dataset.total)) return;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) {
            const light = data[i + 3] < 255 ? 255 : data[i + 1];
            if (light < window.darkest) window.darkest = light;
        }
        window.looks += 1;
    }).observe(canvas, { attributes: true, attributeFilter: ["data-done"] });
}"""


# Delays pictures, as a slow line does. Then many tiles wait for the next picture, among them those around a missing
# tile.
SLOWLY = """
const ask = window.fetch;
window.fetch = async (...words) => {
    const answer = await ask(...words);
    if (String(words[0]).includes("/result/region")) await new Promise((done) => setTimeout(done, 600));
    return answer;
};
"""


@pytest.fixture(scope="module")
def bright():
    """An image of 35 megapixels without dark pixels."""
    y, x = numpy.mgrid[0:1000, 0:1000]
    part = 236 + 8 * numpy.sin(x / 29) + 8 * numpy.cos(y / 31)
    return images.encoded(numpy.tile(part.astype(numpy.uint8)[..., None], (5, 7, 3)), "JPEG", quality=95)


@pytest.mark.parametrize("transforms", ["median:ksize=31", "blur:ksize=255,median:ksize=15,blur:ksize=255"])
def test_nothing_dark_is_drawn_while_a_bright_picture_fills(own_master, tab, bright, transforms):
    master = own_master("--local-workers", "2")
    page = tab(master, color_scheme="light", viewport={"width": 1440, "height": 900})
    page.add_init_script(SLOWLY)
    submitted = master.submit(bright, transforms, filename="snow.jpg")
    job = JobPage(page, submitted)
    expect(page.locator("#mosaic")).to_have_attribute("data-total", "140")
    page.evaluate(WATCH)
    expect(job.status).to_have_text("completed", timeout=120_000)
    job.wait_until_filled(140)
    assert page.evaluate("window.looks") > 1
    assert page.evaluate("window.darkest") > 190


def test_a_cancelled_job_keeps_no_dark_lines(own_master, tab, bright):
    master = own_master("--local-workers", "2")
    page = tab(master, color_scheme="light", viewport={"width": 1440, "height": 900})
    page.add_init_script(SLOWLY)
    job = JobPage(page, master.submit(bright, "median:ksize=31", filename="snow.jpg"))
    expect(page.locator("#mosaic")).to_have_attribute("data-total", "140")
    page.evaluate(WATCH)
    mosaic = page.locator("#mosaic")
    eventually("some tiles are drawn", lambda: int(mosaic.get_attribute("data-done")) > 20, within=60)
    page.locator("#cancel").click()
    expect(job.status).to_have_text("cancelled")
    # Tiles that were under way at the cancellation are drawn, too.
    done = master.get(f"jobs/{job.job_id}/tiles")["states"].count("c")
    expect(mosaic).to_have_attribute("data-done", str(done))
    assert page.evaluate("window.looks") > 0
    assert page.evaluate("window.darkest") > 190


def test_pieces_cover_all_finished_tiles_and_no_others(master, tab):
    page = tab(master)
    page.goto("/dashboard")
    found = page.evaluate("""async () => {
        const style = document.querySelector("link[rel=stylesheet]").href;
        const { pieces, positionsIn } = await import(style.replace(/styles\\/.*/, "scripts/job/tile-runs.js"));
        let seed = 7;
        const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
        for (let round = 0; round < 300; round += 1) {
            const columns = 1 + Math.floor(chance() * 14);
            const finished = Array.from({ length: columns * 10 }, () => chance() < round / 300);
            let waiting = finished.flatMap((is, position) => (is && chance() < 0.7 ? [position] : []));
            for (let rounds = 0; waiting.length > 0; rounds += 1) {
                const boxes = pieces(waiting, columns, 3, (one) => finished[one]);
                const positions = new Set(boxes.flatMap((box) => positionsIn(box, columns)));
                if (boxes.length === 0 || boxes.length > 3 || rounds > 200) return `round ${round}: ${boxes.length} pieces`;
                if ([...positions].some((one) => !finished[one])) return `round ${round}: a tile that is not finished`;
                waiting = waiting.filter((one) => !positions.has(one));
            }
        }
        return "";
    }""")
    assert found == ""
