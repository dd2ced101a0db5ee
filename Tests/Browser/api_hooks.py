"""What schemathesis sends as image files: good ones, broken ones and rubbish."""

import images
import schemathesis
from hypothesis import strategies

GOOD = images.encoded(images.pixels(96, 80))
FILES = strategies.one_of(
    strategies.just(GOOD), strategies.sampled_from([GOOD[:200], GOOD[:-4], b"", b"GIF89a"]),
    strategies.binary(max_size=200))

for kind in ("image/*", "image/png", "application/octet-stream"):
    schemathesis.openapi.media_type(kind, FILES)
