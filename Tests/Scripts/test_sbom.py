"""scripts/sbom lists the contents of a made-up build, and the official schema accepts the list.

Stubs replace `ldd`, `dpkg`, `dpkg-query` and `swift`. The schema is that of cyclonedx-python-lib, which is installed
into a virtual environment of its own. packageurl-python comes with it and reads the package URLs.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TOP / "scripts" / "sbom"
HERE = pathlib.Path(__file__).resolve().parent
VENV, LIST = HERE / ".venv", HERE / "requirements.txt"

# Libraries of the made-up programs: the path, and the package that owns it under a given name.
LDD = {
    "master-main": ["/lib/x86_64-linux-gnu/libtiff.so.6", "/usr/lib/x86_64-linux-gnu/libz.so.1",
                    "/opt/swift/usr/lib/swift/linux/libswiftCore.so"],
    "worker-main": ["/usr/lib/x86_64-linux-gnu/libz.so.1", "/opt/swift/usr/lib/swift/linux/libFoundation.so"],
}
OWNERS = {"/usr/lib/x86_64-linux-gnu/libtiff.so.6": "libtiff6:amd64", "/lib/x86_64-linux-gnu/libz.so.1": "zlib1g:amd64"}
FACTS = {
    "libtiff6": ["4.5.0-6+deb12u3", "amd64", "tiff", "4.5.0-6+deb12u3", "http://libtiff.maptools.org/"],
    "zlib1g": ["1:1.2.13.dfsg-1", "amd64", "zlib", "1:1.2.13.dfsg-1", "http://zlib.net/"],
    "librdkafka-dev": ["2.0.2-1+b1", "amd64", "librdkafka", "2.0.2-1", ""],
}
STUBS = {
    "ldd": """
import os, sys
name = os.path.basename(sys.argv[1])
print("\\tlinux-vdso.so.1 (0x00007ffc)")
for path in DATA["ldd"][name]: print(f"\\t{os.path.basename(path)} => {path} (0x00007f00)")
print("\\t/lib64/ld-linux-x86-64.so.2 (0x00007f01)")
""",
    "dpkg": """
import sys
for path in sys.argv[2:]:
    if path in DATA["owners"]: print(f"{DATA['owners'][path]}: {path}")
    elif path == "/lib64/ld-linux-x86-64.so.2": print(f"libtiff6:amd64, libc6:amd64: {path}")
    else: print(f"dpkg-query: no path found matching pattern {path}", file=sys.stderr)
""",
    "dpkg-query": """
import sys
assert sys.argv[1] == "-W" and sys.argv[2].startswith("-f=")
for name in sys.argv[3:]:
    name = name.split(":")[0]
    if name in DATA["facts"]: print("\\t".join([name, *DATA["facts"][name]]))
    else: print(f"dpkg-query: no packages found matching {name}", file=sys.stderr)
""",
    "swift": """print("Swift version 6.3.1 (swift-6.3.1-RELEASE)")""",
}
PINS = [
    ("swift-nio", "https://github.com/apple/swift-nio", {"revision": "a" * 40, "version": "2.101.2"}),
    ("grdb.swift", "https://github.com/groue/GRDB.swift", {"revision": "b" * 40, "version": "7.10.0"}),
    ("swift-crypto", "https://github.com/apple/swift-crypto.git", {"revision": "c" * 40, "version": "4.5.2"}),
    ("yams", "https://github.com/jpsim/Yams", {"revision": "d" * 40, "branch": "main"}),
]
# The modules of the programs, with the source that each was compiled from.
MODULES = {
    "MasterDaemon": "Sources/MasterDaemon/A.swift", "WorkerDaemon": "Sources/WorkerDaemon/A.swift",
    "CKafka": "Sources/CKafka/a.c", "NIOCore": ".build/checkouts/swift-nio/Sources/NIOCore/A.swift",
    "CNIOLLHTTP": ".build/checkouts/swift-nio/Sources/CNIOLLHTTP/a.c", "GRDB": ".build/checkouts/GRDB.swift/GRDB/A.swift",
    "CCryptoBoringSSL": ".build/checkouts/swift-crypto/Sources/CCryptoBoringSSL/a.c",
}
LINKED = {
    "master-main": ["MasterDaemon", "CKafka", "NIOCore", "CNIOLLHTTP", "GRDB", "CCryptoBoringSSL"],
    "worker-main": ["WorkerDaemon", "CKafka", "NIOCore"],
}


class BillTestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tilework-sbom-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.root, self.stubs = self.folder / "root", self.folder / "stubs"
        self.stubs.mkdir()
        self.stub()
        self.write("Package.resolved", json.dumps({"version": 3, "pins": [
            {"identity": identity, "kind": "remoteSourceControl", "location": location, "state": state}
            for identity, location, state in PINS]}))
        self.write("Sources/TileCore/Settings/TileworkVersion.swift", 'public static let current = "1.2.3"\n')
        shutil.copytree(TOP / "scripts", self.root / "scripts", ignore=shutil.ignore_patterns("*.d", "__pycache__"))

    def stub(self, **data):
        data = {"ldd": LDD, "owners": OWNERS, "facts": FACTS, **data}
        for name, code in STUBS.items():
            path = self.stubs / name
            path.write_text(f"#!{sys.executable}\nDATA = {data!r}\n{code}")
            path.chmod(0o755)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def build(self, place=".build/release"):
        for program, modules in LINKED.items():
            self.write(f"{place}/{program}", "")
            self.write(f"{place}/{program}.product/Objects.LinkFileList", "".join(
                f"'/elsewhere/{place}/{module}.build/A.swift.o'\n" for module in modules))
        for module, source in MODULES.items():
            if source.endswith(".swift"):
                self.write(f"{place}/{module}.build/sources", f"/elsewhere/{source}\n")
            else:
                self.write(f"{place}/{module}.build/a.c.d", f"dependencies: \\\n  /elsewhere/{source} \\\n  /usr/include/a.h\n")
        self.write(".build/checkouts/swift-crypto/Sources/CCryptoBoringSSL/hash.txt", f"at revision {'e' * 40}\n")
        self.write(".build/checkouts/swift-nio/Sources/CNIOLLHTTP/include/c_nio_llhttp.h", "".join(
            f"#define LLHTTP_VERSION_{name} {number}\n" for name, number in (("MAJOR", 9), ("MINOR", 3), ("PATCH", 0))))

    def run_script(self, *arguments, status=0, **variables):
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        result = subprocess.run(
            [sys.executable, SCRIPT, "--root", self.root, *arguments], capture_output=True, text=True, timeout=60,
            env={**environment, "PATH": f"{self.stubs}:{os.environ['PATH']}", **variables})
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def bill(self, *arguments, **variables):
        return json.loads(self.run_script(*arguments, **variables).stdout)

    @staticmethod
    def part(bill, name):
        found = [part for part in bill["components"] if part["name"] == name]
        assert len(found) == 1, f"{name}: {len(found)}"
        return found[0]

    @staticmethod
    def uses(bill, ref):
        return next(entry["dependsOn"] for entry in bill["dependencies"] if entry["ref"] == ref)

    def check_form(self, bill):
        """Rules that every reader relies on, checked without the script's code."""
        self.assertEqual((bill["bomFormat"], bill["specVersion"]), ("CycloneDX", "1.5"))
        self.assertRegex(bill["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

        def all_parts(parts):
            for part in parts:
                yield part
                yield from all_parts(part.get("components", []))

        parts = list(all_parts([bill["metadata"]["component"], *bill["components"]]))
        refs = [part["bom-ref"] for part in parts]
        self.assertEqual(len(refs), len(set(refs)))
        for part in parts:
            self.assertTrue(part["name"] and part["type"] in ("application", "library"), part)
            if "purl" in part:
                self.assertRegex(part["purl"], r"^pkg:[a-z]+/[A-Za-z0-9._~%/-]+(@[A-Za-z0-9._~%:-]+)?(\?[a-z]+=.*)?$")
        for entry in bill["dependencies"]:
            self.assertLessEqual({entry["ref"], *entry["dependsOn"]}, set(refs))


class SBOMTests(BillTestCase):
    def test_linked_modules_and_libraries_are_listed(self):
        self.build()
        bill = self.bill()
        self.check_form(bill)
        self.assertEqual(bill["metadata"]["component"]["version"], "1.2.3")
        self.assertEqual(self.uses(bill, "tilework"), ["master-main", "worker-main"])
        nio, grdb = "pkg:swift/github.com/apple/swift-nio@2.101.2", "pkg:swift/github.com/groue/GRDB.swift@7.10.0"
        tiff = "pkg:deb/debian/libtiff6@4.5.0-6%2Bdeb12u3?"
        self.assertLessEqual({nio, grdb, "pkg:generic/swift@6.3.1"}, set(self.uses(bill, "master-main")))
        self.assertIn(nio, self.uses(bill, "worker-main"))
        self.assertNotIn(grdb, self.uses(bill, "worker-main"))
        self.assertTrue(any(ref.startswith(tiff) for ref in self.uses(bill, "master-main")))
        self.assertEqual(self.part(bill, "swift-nio")["properties"][0]["value"], "a" * 40)
        self.assertEqual(bill["compositions"][0]["aggregate"], "complete")

    def test_unlinked_parts_are_excluded(self):
        self.build()
        bill = self.bill()
        self.assertEqual(self.part(bill, "Yams")["scope"], "excluded")
        # For a dependency on a branch there is a revision only.
        self.assertEqual(self.part(bill, "Yams")["version"], "d" * 40)
        self.assertEqual(self.part(bill, "GRDB.swift")["scope"], "required")
        for name in ("master-main", "worker-main"):
            self.assertFalse(any("Yams" in ref for ref in self.uses(bill, name)))

    def test_bundled_c_is_named_with_its_version(self):
        self.build()
        bill = self.bill()
        bundled = {
            part["name"]: part["version"] for name in ("swift-nio", "swift-crypto") for part in self.part(bill, name)["components"]}
        self.assertEqual(bundled, {"llhttp": "9.3.0", "boringssl": "e" * 40})

    def test_packages_have_dpkgs_versions_and_sources(self):
        self.build()
        bill = self.bill()
        zlib = self.part(bill, "zlib1g")
        self.assertEqual(zlib["version"], "1:1.2.13.dfsg-1")
        self.assertIn("@1:1.2.13.dfsg-1?arch=amd64&distro=", zlib["purl"])
        self.assertTrue(zlib["purl"].endswith("&upstream=zlib"))

    def test_the_same_build_gives_the_same_bytes(self):
        self.build()
        first = self.run_script().stdout
        self.assertEqual(first, self.run_script().stdout)
        self.assertNotIn("timestamp", first)
        self.stub(facts={**FACTS, "zlib1g": ["1:1.3-1", *FACTS["zlib1g"][1:]]})
        self.assertNotEqual(json.loads(first)["serialNumber"], self.bill()["serialNumber"])

    def test_a_given_time_is_in_the_list(self):
        self.build()
        bill = self.bill(SOURCE_DATE_EPOCH="1700000000")
        self.assertEqual(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z")

    def test_a_list_without_a_build_is_marked_inexact(self):
        bill = self.bill()
        self.check_form(bill)
        self.assertEqual(bill["compositions"][0]["aggregate"], "incomplete")
        names = [part["name"] for part in bill["components"]]
        listed = re.search(r"build_packages=\((.*?)\)", (TOP / "scripts" / "packages.sh").read_text(), re.S).group(1).split()
        self.assertLessEqual({*listed, "swift-nio", "Yams", "master-main"}, set(names))
        self.assertEqual(self.part(bill, "librdkafka-dev")["version"], "2.0.2-1+b1")
        self.assertIn("upstream=librdkafka%402.0.2-1", self.part(bill, "librdkafka-dev")["purl"])
        # A package that is not installed has no version.
        self.assertNotIn("version", self.part(bill, "libtiff-dev"))

    def test_a_debug_build_can_be_listed(self):
        self.build(".build/debug")
        self.assertEqual(self.bill()["compositions"][0]["aggregate"], "complete")

    def test_the_list_can_be_written_to_a_file(self):
        self.build()
        path = self.folder / "bill.json"
        self.assertEqual(self.run_script("--output", path).stdout, "")
        self.assertEqual(path.read_text(), self.run_script().stdout)

    def test_errors_name_their_cause(self):
        self.assertIn("does not have master-main", self.run_script("--build", self.folder, status=2).stderr)
        self.build()
        self.stub(owners={})
        self.assertIn("libtiff.so.6 belongs to no package", self.run_script(status=2).stderr)
        self.stub()
        (self.root / ".build/release/GRDB.build/sources").write_text("/elsewhere/.build/checkouts/other/A.swift\n")
        self.assertIn("does not have other", self.run_script(status=2).stderr)
        (self.root / "Package.resolved").unlink()
        self.assertIn("swift package resolve", self.run_script(status=2).stderr)


class SchemaTests(BillTestCase):
    """The official schema accepts the list, and another program reads the package URLs."""

    VALIDATE = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

text = sys.stdin.read()
errors = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
if errors: sys.exit(str(errors))

def purls(parts):
    for part in parts:
        if "purl" in part: yield part["purl"], part.get("version")
        yield from purls(part.get("components", []))

for text, version in purls(json.loads(text)["components"]):
    read = PackageURL.from_string(text)
    if read.version != version: sys.exit(f"{text} is read with the version {read.version}, not {version}")
"""

    @classmethod
    def setUpClass(cls):
        def has_it():
            return (VENV / "bin" / "python").exists() and subprocess.run(
                [VENV / "bin" / "python", "-c", "import cyclonedx.validation.json, jsonschema, packageurl"],
                capture_output=True).returncode == 0

        if not has_it():
            for command in ([sys.executable, "-m", "venv", "--clear", VENV],
                            [VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", LIST]):
                if subprocess.run(command, capture_output=True).returncode:
                    break
        if not has_it():
            if os.environ.get("CI"):
                raise RuntimeError(f"the Python packages of {LIST} cannot be installed")
            raise unittest.SkipTest(f"the Python packages of {LIST} cannot be installed")

    def check_schema(self, text):
        done = subprocess.run(
            [VENV / "bin" / "python", "-c", self.VALIDATE], input=text, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_schema_accepts_the_list(self):
        self.check_schema(self.run_script().stdout)
        self.build()
        self.check_schema(self.run_script(SOURCE_DATE_EPOCH="1700000000").stdout)

    def test_the_schema_accepts_the_list_of_this_checkout(self):
        if not (TOP / "Package.resolved").exists():
            self.skipTest("nothing was built here yet")
        done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_schema(done.stdout)


if __name__ == "__main__":
    unittest.main()
