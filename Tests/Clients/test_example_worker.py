"""The worker of docs/examples does real jobs: alone, together with Tilework's own, killed, drained and told to end."""

import signal
import sys

import cv2
import formulas
import images
import numpy
import pytest
from conftest import TOP
from daemons import Daemon, eventually

TRANSFORMS = (
    "grayscale", "invert", "sepia", "brightness:delta=-20.5", "contrast:factor=0.7", "threshold:level=99.5",
    "sepia,contrast,invert,brightness",
)
OPTIONS = ("--local-workers", "0", "--min-size", "64", "--tile-size", "64")


class Example(Daemon):
    def __init__(self, master, name, key=None):
        super().__init__(
            [sys.executable, TOP / "docs" / "examples" / "python_worker.py", master.url, name],
            master.folder / f"{name}.log", {"TILEWORK_KEY": key} if key else {})
        self.name = name


@pytest.fixture(scope="module")
def master(start_master):
    return start_master(*OPTIONS)


@pytest.fixture
def start(master):
    """Starts example workers that end with the test."""
    started = []

    def start(name, of=master, **options):
        started.append(Example(of, name, **options))
        eventually(f"{name} has partitions", lambda: of_workers(of).get(name, {}).get("partitions"), within=40)
        return started[-1]
    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


def of_workers(master):
    return {worker["worker_id"]: worker for worker in master.get("workers")["workers"] if worker["status"] == "online"}


def wanted(image, transforms):
    """The expected result for an image in RGB, RGBA or gray. The formulas take BGR."""
    alpha = image[..., 3:] if image.ndim == 3 and image.shape[2] == 4 else None
    color = image if image.ndim == 2 else image[..., 2::-1]
    for text in transforms.split(","):
        name, *given = text.split(":")
        color = formulas.step(color, name, {key: float(value) for key, value in (word.split("=") for word in given)})
    if alpha is None:
        return color if color.ndim == 2 else color[..., ::-1]
    if color.ndim == 2:
        color = numpy.repeat(color[..., numpy.newaxis], 3, axis=2)
    return numpy.concatenate([color[..., ::-1], alpha], axis=2)


def in_color(image):
    """The image in RGB order. OpenCV reads gray with alpha as color."""
    return image if image.ndim == 2 else image[..., [2, 1, 0, 3][:image.shape[2]]]


def expect_result(master, job, image, transforms):
    done = master.wait_for(job)
    status, _, body = master.request("GET", done["links"]["result"])
    assert status == 200
    assert (in_color(cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_UNCHANGED)) == wanted(image, transforms)).all()


def test_the_worker_does_whole_jobs(master, start):
    """All steps that the worker knows, in color, in gray and with alpha, in 8 and 16 bits."""
    start("python-1")
    picture = images.pixels(200, 150)
    deep = numpy.random.default_rng(3).integers(0, 65536, (150, 200), dtype=numpy.uint16)
    jobs = [(master.submit(images.encoded(image), transforms, format="png"), image, transforms)
            for transforms in TRANSFORMS for image in (picture, picture[..., 0], images.with_alpha(picture), deep)]
    for job, image, transforms in jobs:
        expect_result(master, job, image, transforms)
    assert set(of_workers(master)) == {"python-1"}


def test_the_worker_shares_jobs_with_others(master, start):
    """A job with a step that the worker does not know waits for a worker that knows it."""
    start("python-2")
    picture = images.pixels(500, 400)
    waiting = master.submit(images.encoded(picture), "blur:ksize=5,invert", format="png")
    eventually("the job says what it waits for", lambda: "'blur'" in master.get(f"jobs/{waiting['job_id']}").get("message", ""))
    own = master.worker("own-1")
    try:
        expect_result(master, waiting, picture, "blur:ksize=5,invert")
        eventually("both have partitions", lambda: all(
            of_workers(master).get(name, {}).get("partitions") for name in ("python-2", "own-1")), within=40)
        jobs = [master.submit(images.encoded(picture), text, format="png") for text in ("sepia", "median:ksize=3")]
        for job, text in zip(jobs, ("sepia", "median:ksize=3")):
            expect_result(master, job, picture, text)
        # Heartbeats report the tiles some seconds later.
        eventually("both workers report tiles", lambda: all(
            worker["tiles_done"] for worker in of_workers(master).values()))
    finally:
        own.stop()


@pytest.mark.parametrize("how", ["drain", signal.SIGTERM])
def test_the_worker_ends_in_order(master, start, how):
    leaving = start("python-3")
    picture = images.pixels(900, 800)
    job = master.submit(images.encoded(picture), "sepia,contrast", format="png")
    eventually("tiles are done", lambda: master.get(f"jobs/{job['job_id']}")["progress"]["completed"] > 3)
    if how == "drain":
        assert master.request("POST", "/api/v1/workers/python-3/drain")[0] == 202
    else:
        leaving.process.send_signal(how)
    assert leaving.process.wait(20) == 0
    eventually("the worker has left", lambda: "python-3" not in of_workers(master), within=3)
    lost = master.get("statistics")["workers"]["lost"]
    start("python-4")
    expect_result(master, job, picture, "sepia,contrast")
    assert master.get("statistics")["workers"]["lost"] == lost == 0


def test_tiles_of_a_killed_worker_are_done_by_another(start_master, start):
    """Another worker does the tiles that a killed one had taken."""
    master = start_master(*OPTIONS)
    killed = start("python-5", of=master)
    picture = images.pixels(700, 700)
    job = master.submit(images.encoded(picture), "sepia", format="png")
    eventually("tiles are done", lambda: master.get(f"jobs/{job['job_id']}")["progress"]["completed"] > 3)
    killed.stop(signal.SIGKILL)
    start("python-6", of=master)
    expect_result(master, job, picture, "sepia")


def test_a_second_worker_with_the_same_id_is_refused(master, start):
    start("python-7")
    second = Example(master, "python-7")
    assert second.process.wait(40) == 78
    second.stop()


def test_the_worker_joins_a_master_with_keys(start_master, start):
    master = start_master(*OPTIONS)
    key = master.create_key("lab", "worker")
    master.key = master.create_key("tester", "operator")
    start("python-8", of=master, key=key)
    picture = images.pixels(200, 150)
    expect_result(master, master.submit(images.encoded(picture), "invert", format="png"), picture, "invert")
