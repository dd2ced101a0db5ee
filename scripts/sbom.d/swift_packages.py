"""Swift packages from Package.resolved, and C code that some of them contain."""

import json
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from bill_failure import BillFailure

# Modules of third-party C code, with the names under which their vulnerabilities are listed.
BUNDLED = {
    "CCryptoBoringSSL": ("boringssl", "pkg:github/google/boringssl"),
    "CNIOBoringSSL": ("boringssl", "pkg:github/google/boringssl"),
    "CNIOLLHTTP": ("llhttp", "pkg:github/nodejs/llhttp"),
    "CXKCP": ("XKCP", "pkg:github/XKCP/XKCP"),
    "CYaml": ("libyaml", "pkg:github/yaml/libyaml"),
}


def purl(location, version):
    """A package URL as specified for Swift: host, owner, repository."""
    parts = urlsplit(location)
    path = parts.path.strip("/").removesuffix(".git")
    return f"pkg:swift/{parts.netloc}/{quote(path)}@{quote(version, safe=':')}"


def pins(root):
    path = root / "Package.resolved"
    if not path.exists():
        raise BillFailure(f"{path} is missing: build first, or run 'swift package resolve'")
    return [component(pin) for pin in json.loads(path.read_text())["pins"]]


def component(pin):
    state, location = pin["state"], pin["location"]
    # A branch has no version, only a revision.
    version = state.get("version") or state["revision"]
    reference = purl(location, version)
    return {
        "bom-ref": reference, "type": "library", "name": Path(urlsplit(location).path).name.removesuffix(".git"),
        "version": version, "purl": reference, "scope": "required",
        "externalReferences": [{"type": "vcs", "url": location}],
        "properties": [{"name": "tilework:git-revision", "value": state["revision"]}],
    }


def linked(root, pins, modules):
    """The packages of these modules, each with its bundled C code.

    :param modules: their names, each with the name of its package's checkout; `None` for modules of Tilework itself
    """
    homes = {}
    for module, folder in modules.items():
        if folder:
            homes.setdefault(folder, []).append(module)
    used = []
    for pin in pins:
        found = homes.pop(checkout(pin), None)
        if found is None:
            continue
        bundled = [bundle(root, pin, module) for module in found if module in BUNDLED]
        used.append({**pin, **({"components": bundled} if bundled else {})})
    if homes:
        raise BillFailure(f"Package.resolved does not have {', '.join(sorted(homes))}, which the programs have linked")
    return used


def checkout(pin):
    return Path(urlsplit(pin["externalReferences"][0]["url"]).path).name.removesuffix(".git")


def bundle(root, pin, module):
    name, reference = BUNDLED[module]
    folders = sorted((root / ".build" / "checkouts" / checkout(pin)).glob(f"**/{module}"))
    version = bundled_version(folders[0]) if folders else None
    if version:
        reference = f"{reference}@{version}"
    return {
        "bom-ref": f"{pin['bom-ref']}#{module}", "type": "library", "name": name, "purl": reference,
        **({"version": version} if version else {}),
    }


def bundled_version(folder):
    note = folder / "hash.txt"
    if note.exists() and (revision := re.search(r"\b[0-9a-f]{40}\b", note.read_text())):
        return revision.group()
    for header in sorted(folder.glob("**/*llhttp.h")):
        numbers = re.findall(r"LLHTTP_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header.read_text())
        if len(numbers) == 3:
            return ".".join(numbers)
    return None
