"""Hooks for schemathesis. It sends good, broken and random bytes as image files. Half of the requests about a job name
one that exists. No request names the test's own key, because rotating or revoking it would end the test."""

import itertools
import json
import os

import images
import schemathesis
from hypothesis import strategies
from urllib3.util import connection as connections

GOOD = images.encoded(images.pixels(96, 80))
# Whether all requests for new jobs are good ones, so that links have jobs to lead on from.
ALWAYS = os.environ.get("API_GOOD_JOBS") == "1"
FILES = strategies.just(GOOD) if ALWAYS else strategies.one_of(
    strategies.just(GOOD), strategies.sampled_from([GOOD[:200], GOOD[:-4], b"", b"GIF89a"]),
    strategies.binary(max_size=200))
# The jobs that requests may change or delete, and the name of the test's own key.
JOBS = json.loads(os.environ["API_JOBS"])
OWN_KEY = os.environ["API_KEY_NAME"]

for kind in ("image/png", "application/octet-stream"):
    schemathesis.openapi.media_type(kind, FILES)

connect_from_one = connections.create_connection
numbers = itertools.count()


def connect(address, *arguments, **options):
    """Connects from a different address each time, because wrong keys from one address would wait a second each."""
    number = next(numbers)
    options["source_address"] = (f"127.{1 + number // 62500 % 250}.{number // 250 % 250}.{1 + number % 250}", 0)
    return connect_from_one(address, *arguments, **options)


connections.create_connection = connect


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    drawn = (path_parameters or {}).get("id")
    if isinstance(drawn, str) and len(drawn) == 36 and drawn[-1] in "02468ace":
        return {**path_parameters, "id": JOBS[int(drawn[-1], 16) // 2 % len(JOBS)]}
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Replaces the name of the test's own key, which the API lists. No phase may change that key."""
    if (case.path_parameters or {}).get("name") == OWN_KEY:
        case.path_parameters["name"] = "nobody"


def is_good(transforms):
    """Whether these generated transforms are replaced by good ones: half of them are."""
    return ALWAYS or isinstance(transforms, str) and transforms and ord(transforms[0]) % 2


@schemathesis.hook
def map_body(context, body):
    """Makes half of the forms good ones."""
    if isinstance(body, dict) and "file" in body and is_good(body.get("transforms")):
        return {"file": GOOD, "transforms": "invert"}
    return body


@schemathesis.hook
def map_query(context, query):
    """Makes half of the transforms valid, and limits `wait`, because a request for a job without a worker would last up
    to 50 s."""
    if not query:
        return query
    query = dict(query)
    transforms, wait = query.get("transforms"), query.get("wait")
    if "transforms" in query and is_good(transforms):
        # Options are left out, because most of them exclude each other.
        return {"transforms": "invert"}
    if isinstance(wait, int) and wait > 1:
        query["wait"] = 1
    return query
