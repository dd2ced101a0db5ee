"""Clients from two generators use the whole API according to its description, against a master with keys."""

import json
import sys
import uuid

import clients
import images
import pytest
import websockets.sync.client
from daemons import eventually

TOOLS = {"openapi-python-client": clients.OpenAPIPythonClient, "openapi-generator": clients.OpenAPIGenerator}
# Each generator reads another form of the description.
FORMS = {"openapi-python-client": "yaml", "openapi-generator": "json"}


@pytest.fixture(scope="module")
def master(start_master):
    master = start_master("--local-workers", "1", "--min-size", "64", "--tile-size", "64")
    master.key = master.create_key("robot", "operator")
    master.wait_for_workers(1)
    return master


@pytest.fixture(scope="module", params=TOOLS)
def client(request, master, tmp_path_factory):
    tool, form = TOOLS[request.param], FORMS[request.param]
    folder = tmp_path_factory.mktemp("client")
    description = folder / f"openapi.{form}"
    description.write_bytes(master.request("GET", f"/openapi.{form}")[2])
    tool.generate(description, folder)
    sys.path.insert(0, str(folder))
    return tool(master.url, master.key)


def type_of(thing):
    """One generator renames fields that have the names of Python's own functions."""
    return thing.type_ if hasattr(thing, "type_") else thing.type


def refused(status, kind, call, *arguments, **options):
    with pytest.raises(clients.Refused) as caught:
        call(*arguments, **options)
    assert caught.value.status == status
    # The client's own model has read the problem document.
    assert type_of(caught.value.problem) == f"urn:tilework:problem:{kind}"
    assert caught.value.problem.detail
    return caught.value.problem


def finished(client, job):
    return eventually("the job is done", lambda: (
        found := client.job(str(job.job_id), wait=10)).status in ("completed", "failed", "cancelled") and found)


def test_a_job_runs_from_upload_to_end(client, master):
    picture = images.pixels(300, 200)
    job = client.submit_form(images.encoded(picture), "harbour.png", transforms="invert", format_="png")
    assert (job.filename, job.size.width, job.source.channels, job.transforms) == ("harbour.png", 300, 3, "invert")
    done = finished(client, job)
    assert done.status == "completed" and done.progress.completed == done.progress.total and done.result.media_type == "image/png"
    id = str(done.job_id)
    status, body = client.result(id)
    assert status == 200 and (images.decoded(body) == 255 - picture).all()
    assert client.result(id, range="bytes=0-99") == (206, body[:100])
    assert client.result(id, range="bytes=-50") == (206, body[-50:])
    refused(416, "range-not-satisfiable", client.result, id, range="bytes=99999999-")
    part = client.region(id, x=10, y=20, w=64, h=32, format_=client.page("png"))
    assert (images.decoded(part) == 255 - picture[20:52, 10:74]).all()
    assert client.source(id) == images.encoded(picture)
    assert images.decoded(client.preview(id)).shape == (200, 300, 3)
    tiles = client.tiles(id)
    assert tiles.columns * tiles.rows == len(tiles.states) and set(tiles.states) == {"c"}
    assert str(client.jobs(search="harbour", limit=1).jobs[0].job_id) == id
    client.delete(id)
    refused(404, "not-found", client.job, id)


def test_an_image_is_sent_as_the_body(client):
    picture = images.pixels(100, 90)
    job = client.submit_raw(images.encoded(picture), transforms="grayscale", filename="bare.png", tiled=False)
    assert job.filename == "bare.png"
    assert finished(client, job).status == "completed"


def test_invalid_options_are_refused(client):
    picture = images.encoded(images.pixels(100, 90))
    job = client.submit_form(picture, "a.png", transforms="sepia", format_="jpeg", quality=80, progressive=True)
    assert (job.quality, job.options.progressive) == (80, True)
    problem = refused(400, "bad-request", client.submit_form, picture, "a.png", transforms="sepia", format_="png",
                      progressive=True)
    assert problem.to_dict()["field"] == "progressive"
    refused(422, "bad-transforms", client.submit_raw, picture, transforms="nothing")
    refused(415, "not-an-image", client.submit_raw, b"no image", transforms="invert")


def test_a_job_is_cancelled_and_retried(client, master):
    refused(404, "not-found", client.cancel, str(uuid.uuid4()))
    picture = images.encoded(images.pixels(1500, 1500))
    job = client.submit_form(picture, "long.png", transforms="median:ksize=31,blur,median:ksize=31", format_="png")
    id = str(job.job_id)
    assert client.cancel(id).status == "cancelled"
    refused(409, "wrong-state", client.cancel, id)
    refused(409, "wrong-state", client.result, id)
    assert client.retry(id).status in ("pending", "processing")
    assert finished(client, job).status == "completed"
    client.delete(id)


def test_an_idempotency_key_makes_one_job(client):
    picture, key = images.encoded(images.pixels(100, 90)), str(uuid.uuid4())
    first = client.submit_form(picture, "a.png", key=key, transforms="invert")
    again = client.submit_form(picture, "a.png", key=key, transforms="invert")
    assert first.job_id == again.job_id
    refused(422, "idempotency-key-reused", client.submit_form, picture, "a.png", key=key, transforms="sepia")


def test_a_list_comes_in_pages(client):
    picture = images.encoded(images.pixels(100, 90))
    made = {str(client.submit_form(picture, f"listed-{n}.png", transforms="invert").job_id) for n in range(3)}
    first = client.jobs(search="listed-", limit=2)
    rest = client.jobs(search="listed-", limit=200, cursor=str(first.next_cursor))
    assert made <= {str(job.job_id) for job in [*first.jobs, *rest.jobs]}
    assert client.jobs(cursor="").jobs
    for id in made:
        client.delete(id)


def test_further_operations_work(client):
    names = {transform.name for transform in client.catalogue().transforms}
    assert {"blur", "edges"} <= names
    assert client.me().name == "robot" and client.me().role == "operator"
    assert client.statistics().workers.online == 1
    picture = images.pixels(100, 90)
    assert (images.decoded(client.attempt(images.encoded(picture), transforms="invert")) == 255 - picture).all()


def test_events_have_models_by_type(client, master):
    """The models read messages of the live channel. A generated client has no WebSocket of its own."""
    names = {"snapshot": "SnapshotEvent", "job": "JobEvent", "job_deleted": "JobDeletedEvent", "tiles": "TilesEvent",
             "worker": "WorkerEvent", "statistics": "StatisticsEvent"}
    job = master.submit(images.encoded(images.pixels(400, 300)), "blur", format="png")
    seen = set()
    with websockets.sync.client.connect(
            master.url.replace("http", "ws") + f"/api/v1/events?job={job['job_id']}",
            additional_headers={"Authorization": f"Bearer {master.key}"}) as channel:
        while not {"snapshot", "job", "statistics"} <= seen:
            message = json.loads(channel.recv(30))
            seen.add(message["type"])
            assert type_of(client.event(names[message["type"]], message)) == message["type"]
