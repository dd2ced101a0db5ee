"""The document: the parts in the form of CycloneDX 1.5."""

import json
import os
import re
import uuid
from datetime import datetime, timezone

from bill_failure import BillFailure

SCHEMA = "http://cyclonedx.org/schema/bom-1.5.schema.json"
# The namespace of the serial numbers, which are computed from the content.
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:tilework:sbom")
PROGRAMS = {
    "master-main": "Takes images over HTTP, cuts them into tiles, puts the results together.",
    "worker-main": "Transforms tiles.",
}


def version(root):
    path = root / "Sources" / "TileCore" / "Settings" / "TileworkVersion.swift"
    found = re.search(r'current = "([^"]+)"', path.read_text())
    if not found:
        raise BillFailure(f"{path} has no version")
    return found.group(1)


def timestamp():
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if seconds is None:
        return {}
    return {"timestamp": datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}


def text(root, parts, uses, is_exact):
    """The document as text.

    :param parts: components, each with a bom-ref
    :param uses: the bom-refs of each program's components
    :param is_exact: whether these are what the programs have linked
    """
    number = version(root)

    def own(name, **more):
        return {"bom-ref": name, "type": "application", "name": name, "version": number, **more,
                "licenses": [{"license": {"id": "MIT"}}]}

    own_parts = [own(name, description=PROGRAMS[name], scope="required") for name in sorted(uses)]
    document = {
        "$schema": SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            **timestamp(),
            "lifecycles": [{"phase": "build" if is_exact else "pre-build"}],
            "tools": {"components": [{"type": "application", "name": "scripts/sbom", "version": number}]},
            "component": own("tilework"),
        },
        "components": own_parts + sorted(parts, key=lambda part: part["bom-ref"]),
        "dependencies": [{"ref": "tilework", "dependsOn": sorted(uses)}] + [
            {"ref": name, "dependsOn": sorted(set(refs))} for name, refs in sorted(uses.items())],
        "compositions": [{"aggregate": "complete" if is_exact else "incomplete", "dependencies": sorted(uses)}],
    }
    content = json.dumps(document, sort_keys=True)
    document = {**document, "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, content)}"}
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
