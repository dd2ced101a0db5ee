"""The API against its own description, with requests that schemathesis generates from it, and with further requests."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import sys

import images
import pytest
import yaml
from schemathesis import checks, openapi

# A schema cannot express which texts are transforms, nor that a region lies within an image.
UNCHECKED = "positive_data_acceptance"
SETTINGS = """
[phases.stateful]
max-steps = 30

# Any request can be refused because its header is too large, before anything else is checked.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, 431, "5xx"]
"""


@pytest.fixture
def described(own_master, start_worker):
    """A master with some completed jobs, for requests from its description. All requests come from one address, so its
    limits are raised. The requests may drain the workers, so the end checks that the master still does jobs."""
    master = own_master("--min-size", "64", "--limit", "requests=100000/m", "--limit", "address-requests=100000/m")
    master.key = master.create_key("tester", "admin")
    master.wait_for_workers(2)
    picture = images.encoded(images.pixels(96, 80))
    jobs = [master.wait_for(master.submit(picture, "invert", format="png"))["job_id"] for _ in range(5)]
    yield master, jobs
    # The key stayed valid.
    assert master.request("GET", "/api/v1/me")[0] == 200
    start_worker(master, "afterwards", key=master.create_key("afterwards", "worker"))
    master.wait_for(master.submit(picture, "invert", format="png"))


def schemathesis(described, folder, *options, **settings):
    """What schemathesis prints. Fails if it finds a fault. `settings` are variables of `api_hooks`."""
    master, jobs = described
    (folder / "schemathesis.toml").write_text(SETTINGS)
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{master.url}/openapi.yaml",
         "--header", f"Authorization: Bearer {master.key}", "--header", "Connection: close",
         "--checks", "all", "--exclude-checks", UNCHECKED, "--seed", "1", "--request-timeout", "60",
         "--max-response-time", "60", "--continue-on-failure", "--no-color", *options],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "api_hooks", "PYTHONPATH": str(pathlib.Path(__file__).parent),
             "API_JOBS": json.dumps(jobs), "API_KEY_NAME": "tester", **settings},
        cwd=folder, capture_output=True, text=True, timeout=900)
    print(run.stdout[-6000:])
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout


def test_every_answer_fits_the_description(described, tmp_path):
    """Requests have an admin's key, no key, or a wrong key."""
    printed = schemathesis(described, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "10")
    # Every operation was tested except the description itself, which schemathesis reads first.
    paths = yaml.safe_load(described[0].request("GET", "/openapi.yaml")[2])["paths"]
    operations = sum(method in ("get", "post", "delete") for path in paths.values() for method in path)
    assert f"Tested: {operations - 1}" in printed, printed[-2000:]


def test_scenarios_follow_links(described, tmp_path):
    """schemathesis calls operations one after the other, with values from earlier answers. Here all its new jobs are
    good ones, because it has nothing to go on with after a refusal. Which links it takes is up to chance."""
    printed = schemathesis(
        described, tmp_path, "--phases", "stateful", "--mode", "positive", "--max-examples", os.environ.get("EX", "30"),
        API_GOOD_JOBS="1")
    assert int(re.search(r"API Links:\s+(\d+) covered", printed).group(1)) >= 20, printed[-3000:]


class Walk:
    """Answers of operations, to follow their links. `busy` does jobs, and `idle` has no worker, so its jobs wait."""

    def __init__(self, busy, idle):
        self.picture = images.encoded(images.pixels(96, 80))
        self.busy, self.idle = busy, idle
        self.schemas = {master: openapi.from_url(f"{master.url}/openapi.yaml", headers=authorization(master))
                        for master in (busy, idle)}
        self.keys = itertools.count()

    def call(self, master, name, **parts):
        """The answer of an operation, which fits the description. Checks of other answers than this one are left out."""
        operation = self.schemas[master].find_operation_by_id(name)
        case = operation.Case(headers=authorization(master), **parts)
        answer = case.call()
        case.validate_response(answer, excluded_checks=[checks.ignored_auth])
        return answer

    def answer(self, name):
        """A master, and the answer of an operation there that has links."""
        if name in ("cancelJob", "retryJob"):
            job = self.idle.submit(self.picture)["job_id"]
            answer = self.call(self.idle, "cancelJob", path_parameters={"id": job})
            if name == "retryJob":
                answer = self.call(self.idle, "retryJob", path_parameters={"id": job})
            return self.idle, answer
        if name in ("createKey", "rotateKey"):
            key = {"name": f"key-{next(self.keys)}", "role": "viewer"}
            answer = self.call(self.busy, "createKey", body=key, media_type="application/json")
            if name == "rotateKey":
                answer = self.call(self.busy, "rotateKey", path_parameters={"name": key["name"]})
            return self.busy, answer
        if name == "listWorkers":
            return self.busy, self.call(self.busy, name)
        if name == "createJobFromBody":
            answer = self.call(self.busy, name, query={"transforms": "invert"}, body=self.picture, media_type="image/png")
        else:
            form = {"file": self.picture, "transforms": "invert"}
            answer = self.call(self.busy, "createJob", body=form, media_type="multipart/form-data")
        job = self.busy.wait_for(answer.json())["job_id"]
        if name == "getJob":
            answer = self.call(self.busy, name, path_parameters={"id": job})
        if name == "listJobs":
            answer = self.call(self.busy, name)
        return self.busy, answer

    def follow(self, name, status, link):
        """The answer to which a link of an operation's answer leads."""
        master, answer = self.answer(name)
        assert answer.status_code == int(status), answer.text
        values = {parameter: at(answer.json(), text) for parameter, text in link["parameters"].items()}
        region = {"x": 0, "y": 0, "w": 64, "h": 64} if link["operationId"].endswith("Region") else {}
        return self.call(master, link["operationId"], path_parameters=values, query=region)


def authorization(master):
    return {"Authorization": f"Bearer {master.key}"}


def at(body, expression):
    """The value of a runtime expression of OpenAPI such as `$response.body#/jobs/0/job_id`."""
    assert expression.startswith("$response.body#/"), expression
    for step in expression.split("#/")[1].split("/"):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def test_every_link_leads_on(own_master):
    """Each link of the description leads from an answer to the next operation, with a value of that answer."""
    busy, idle = own_master("--min-size", "64"), own_master("--min-size", "64", "--local-workers", "0")
    for master in (busy, idle):
        master.key = master.create_key("tester", "admin")
    busy.wait_for_workers(2)
    walk = Walk(busy, idle)
    described = yaml.safe_load(busy.request("GET", "/openapi.yaml")[2])
    links = [(operation["operationId"], status, link)
             for path in described["paths"].values() for operation in path.values() if "responses" in operation
             for status, answer in operation["responses"].items() for link in answer.get("links", {}).values()]
    assert len(links) >= 34
    found = {}
    for name, status, link in links:
        # A worker that was drained must not be missing for the links that follow.
        if link["operationId"] != "drainWorker":
            found[name, link["operationId"]] = walk.follow(name, status, link).status_code
    found["listWorkers", "drainWorker"] = walk.follow(*next(link for link in links if link[0] == "listWorkers")).status_code
    assert len(found) == len(links)
    # A finished job cannot be cancelled or retried, and a waiting one has no reason to be retried.
    conflicts = {pair for pair, status in found.items() if status == 409}
    assert conflicts == {(name, operation) for name in ("createJob", "createJobFromBody") for operation in ("cancelJob", "retryJob")}
    others = {pair: status for pair, status in found.items() if pair not in conflicts and status // 100 != 2}
    assert not others, others


@pytest.fixture(scope="module")
def finished(master):
    """A completed job, and the bytes of its result."""
    job = master.wait_for(master.submit(images.encoded(images.pixels(1200, 1100)), "invert", format="png"))
    status, _, body = master.request("GET", job["links"]["result"])
    assert status == 200
    return job, body


def test_head_works_wherever_get_does(master, finished):
    job, _ = finished
    base = job["links"]["self"]
    for path in ("/", "/dashboard", "/api", f"/jobs/{job['job_id']}", "/openapi.yaml", "/openapi.json", "/livez", "/readyz", "/api/v1/jobs", base,
                 f"{base}/tiles", f"{base}/preview", f"{base}/source", f"{base}/result", f"{base}/result/region",
                 f"{base}/source/region", "/api/v1/workers", "/api/v1/transforms", "/api/v1/limits",
                 "/api/v1/statistics", "/api/v1/sample", "/api/v1/cluster"):
        status, headers, body = master.request("GET", path)
        head_status, head_headers, nothing = master.request("HEAD", path)
        assert (status, head_status, nothing) == (200, 200, b""), path
        assert head_headers["Content-Type"] == headers["Content-Type"], path
        if path != "/api/v1/statistics" and path != "/api/v1/workers":
            assert head_headers["Content-Length"] == str(len(body)), path


@pytest.mark.parametrize("text, part", [
    ("bytes=0-99", slice(0, 100)), ("bytes=100-", slice(100, None)), ("bytes=-50", slice(-50, None)),
])
def test_a_range_of_a_result_is_sent(master, finished, text, part):
    job, body = finished
    status, headers, found = master.request("GET", job["links"]["result"], headers={"Range": text})
    assert (status, found) == (206, body[part])
    assert headers["Content-Range"].endswith(f"/{len(body)}")


def test_a_missing_file_is_404_and_a_wrong_method_405(own_master):
    """A source that is missing on the disk gives 404. A wrong method gives 405 and the route's methods."""
    master = own_master("--local-workers", "0")
    job = master.submit(images.encoded(images.pixels(1100, 1100)))
    status, headers, _ = master.request("PUT", job["links"]["self"], b"x")
    assert (status, headers["Allow"]) == (405, "DELETE, GET, HEAD")
    (master.folder / "data" / "uploads" / job["job_id"]).unlink()
    assert master.request("GET", job["links"]["source"])[0] == 404


def test_only_post_drains_a_worker(master):
    status, headers, _ = master.request("GET", "/api/v1/workers/worker-1/drain")
    assert (status, headers["Allow"]) == (405, "POST")
    for unknown in ("worker-99", "no%20worker", "%2e%2e"):
        status, _, body = master.request("POST", f"/api/v1/workers/{unknown}/drain")
        assert (status, json.loads(body)["type"]) == (404, "urn:tilework:problem:not-found")


def test_a_known_file_is_not_sent_again(master, finished):
    job, _ = finished
    for path in (job["links"]["result"], job["links"]["preview"], f"{job['links']['result']}/region?x=0&y=0&w=64&h=64", "/", "/dashboard"):
        _, headers, _ = master.request("GET", path)
        status, again, body = master.request("GET", path, headers={"If-None-Match": headers["ETag"]})
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"]), path


def test_assets_are_cached_for_ever_under_versioned_addresses(master):
    _, headers, page = master.request("GET", "/")
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    address = page.decode().split('href="')[2].split('"')[0]
    assert address.startswith("/assets/")
    status, headers, style = master.request("GET", address)
    assert status == 200 and headers["X-Content-Type-Options"] == "nosniff"
    if "TILEWORK_WEB_DIR" not in os.environ:
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = "/assets/older/" + address.split("/", 3)[3]
    status, headers, body = master.request("GET", other)
    assert (status, headers["Cache-Control"], body) == (200, "no-cache", style)
    for missing in ("/assets/x/pages/frame.html", "/assets/x/../openapi.yaml", "/assets/x/%2e%2e/master.log"):
        assert master.request("GET", missing)[0] == 404


def test_an_unknown_job_has_a_page_and_the_right_status(master):
    status, headers, page = master.request("GET", "/jobs/01a1fd78-1661-78e8-a283-6d9837ba9505")
    assert status == 404 and headers["Content-Type"].startswith("text/html") and b"<main" in page


def test_an_unsupported_upgrade_is_answered_over_http(master):
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA"}
    status, _, body = master.request("GET", "/livez", headers=headers)
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    picture = images.encoded(images.pixels(1100, 1100))
    status, _, body = master.request("POST", "/api/v1/jobs?transforms=invert", picture, headers)
    assert status == 202, body


def test_requests_from_foreign_origins_are_refused(master, finished):
    job, _ = finished
    for method, path in (("POST", "/api/v1/jobs?transforms=invert"), ("DELETE", job["links"]["self"]),
                         ("POST", "/api/v1/preview"), ("POST", "/api/v1/workers/worker-1/drain")):
        status, _, body = master.request(method, path, b"x", {"Origin": "http://elsewhere.example"})
        assert status == 403 and json.loads(body)["type"].endswith("foreign-origin")
    assert master.request("GET", job["links"]["self"])[0] == 200


def test_regions_have_the_results_pixels(master, finished):
    job, body = finished
    whole = images.decoded(body)
    for x, y, w, h in ((0, 0, 512, 512), (700, 588, 500, 512), (1199, 1099, 1, 1)):
        status, _, part = master.request(
            "GET", f"{job['links']['result']}/region?x={x}&y={y}&w={w}&h={h}&format=png")
        assert status == 200
        assert (images.decoded(part) == whole[y:y + h, x:x + w]).all()
    status, _, small = master.request("GET", f"{job['links']['result']}/region?max=300")
    assert images.decoded(small).shape[:2] == (275, 300)


def test_a_preview_equals_the_jobs_result(master, finished):
    """In a region with enough pixels around it, the preview equals the job's result."""
    pixels = images.pixels(1200, 1100)
    steps = "blur:ksize=31,sharpen"
    job = master.wait_for(master.submit(images.encoded(pixels), steps, format="png"))
    whole = images.decoded(master.request("GET", job["links"]["result"])[2])
    x, y, around = 400, 300, 64
    part = images.encoded(pixels[y - around:y + 512 + around, x - around:x + 512 + around])
    status, _, found = master.request(
        "POST", f"/api/v1/preview?transforms={steps}&x={around}&y={around}&w=512&h=512", part)
    assert status == 200
    assert (images.decoded(found) == whole[y:y + 512, x:x + 512]).all()
    status, _, plain = master.request("POST", "/api/v1/preview?x=1&y=2&w=30&h=20", part)
    assert (images.decoded(plain) == images.decoded(part)[2:22, 1:31]).all()


@pytest.mark.parametrize("query, body, status", [
    ("transforms=nothing", None, 422), ("x=2000", None, 400), ("w=2000", None, 400), ("w=0", None, 400),
    ("x=-1", None, 400), ("", b"", 415), ("", b"no image", 415), ("", "cut", 422), ("", "large", 413),
])
def test_invalid_previews_are_refused(master, query, body, status):
    good = images.encoded(images.pixels(1200, 1100))
    body = good if body is None else good[:len(good) // 2] if body == "cut" else b"x" * (33 << 20) if body == "large" else body
    found, _, text = master.request("POST", f"/api/v1/preview?{query}", body)
    assert found == status, text
    assert json.loads(text)["detail"]
    uploads = master.folder / "data" / "uploads"
    known = {job["job_id"] for job in master.get("jobs?limit=200")["jobs"]}
    assert {path.name for path in uploads.iterdir()} <= known
