"""Packages of the system, by dpkg."""

import os
import re
import subprocess
from urllib.parse import quote

from bill_failure import BillFailure

FORMAT = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Homepage}\n"
SWIFT = re.compile(r"/swift/linux/|/libswift|/lib_?Foundation|/libdispatch\.so|/libBlocksRuntime\.so")


def ask(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    except FileNotFoundError:
        raise BillFailure(f"{command[0]} is missing: the packages of a system without dpkg are not known") from None


def system():
    """The system's name and version, as in `debian` and `12`."""
    fields = {}
    for line in open("/etc/os-release"):
        name, _, value = line.strip().partition("=")
        fields[name] = value.strip('"')
    return fields.get("ID", "debian"), fields.get("VERSION_ID", "")


def owning(paths):
    """The packages that own libraries. Those of Swift's runtime belong to none."""
    # If /lib is a link to /usr/lib, dpkg may know a file by either name, or by the name of a link's target.
    names = {
        path: dict.fromkeys([path, f"/usr{path}", path.removeprefix("/usr"), os.path.realpath(path)])
        for path in sorted(paths) if not SWIFT.search(path)}
    candidates = [name for all_names in names.values() for name in all_names]
    owners = {}
    # Unknown names are reported on standard error.
    for line in ask("dpkg", "-S", *candidates).stdout.splitlines() if candidates else []:
        packages, _, path = line.partition(": ")
        if not line.startswith("diversion by "):
            owners[path] = packages.split(", ")[0]
    found = set()
    for path, all_names in names.items():
        owner = next((owners[name] for name in all_names if name in owners), None)
        if not owner:
            raise BillFailure(f"{path} belongs to no package and is not Swift's")
        found.add(owner)
    return named(sorted(found), must_be_there=True)


def build_packages(root):
    """The names in the list of scripts/packages.sh."""
    text = (root / "scripts" / "packages.sh").read_text()
    return re.search(r"build_packages=\((.*?)\)", text, re.S).group(1).split()


def named(names, must_be_there=False):
    """Components for packages, with the versions that are installed here."""
    # Without any name, dpkg-query would list every package.
    facts = ask("dpkg-query", "-W", f"-f={FORMAT}", *names).stdout.splitlines() if names else []
    known = {}
    for line in facts:
        package, version, architecture, source, source_version, homepage = line.split("\t")
        if version:
            known[package] = component(package, version, architecture, source, source_version, homepage)
    missing = [name for name in names if name.split(":")[0] not in known]
    if missing and must_be_there:
        raise BillFailure(f"dpkg does not know {', '.join(missing)}")
    distribution, _ = system()
    for name in missing:
        reference = f"pkg:deb/{distribution}/{quote(name)}"
        known[name] = {
            "bom-ref": reference, "type": "library", "name": name, "purl": reference, "scope": "required"}
    return [known[name] for name in sorted(known)]


def component(package, version, architecture, source, source_version, homepage):
    distribution, number = system()
    qualifiers = {
        "arch": architecture, "distro": f"{distribution}-{number}",
        # Scanners find the vulnerabilities of a library by its source package.
        "upstream": source if source_version == version else f"{source}@{source_version}",
    }
    text = "&".join(f"{key}={quote(value, safe=':')}" for key, value in sorted(qualifiers.items()))
    reference = f"pkg:deb/{distribution}/{quote(package)}@{quote(version, safe=':')}?{text}"
    return {
        "bom-ref": reference, "type": "library", "name": package, "version": version, "purl": reference,
        "scope": "required",
        **({"externalReferences": [{"type": "website", "url": homepage}]} if homepage else {}),
    }
