"""Makes the source tree of the packages: the programs, their files, and `debian/`."""

import os
import re
import shutil
from datetime import datetime, timezone

import libraries
import manual
from command import ask
from script_failure import ScriptFailure

PROGRAMS = ["master-main", "worker-main"]
PACKAGES = ["tilework-common", "tilework-master", "tilework-worker"]
SHELLS = {"bash": "{}", "zsh": "_{}", "fish": "{}.fish"}


def make(tree, root, binaries, release):
    """Makes the folder, and replaces an old one. `release` has `version`, `schema`, `epoch`, and the programs' version as
    `current`."""
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ["programs", "swift", "man", *(f"completions/{shell}" for shell in SHELLS)]:
        (tree / folder).mkdir(parents=True)
    programs = [binaries / name for name in PROGRAMS]
    for program in programs:
        if not program.exists():
            raise ScriptFailure(f"the program {program} is missing: run swift build -c release, or use --binaries DIR")
        said = ask(program, "--version").strip()
        if said != release.current:
            raise ScriptFailure(f"{program} has version {said}, but the sources have {release.current}: build it again")
        add(program, tree / "programs" / program.name)
        document(program, tree, release)
    for name, path in libraries.of(programs).items():
        add(path, tree / "swift" / name)
    for name in ["master.env", "worker.env", "README.md"]:
        shutil.copyfile(root / "deploy" / name, tree / name)
    debian(tree, root, release)


def add(source, target):
    """Copies a file and lets it search libraries only in its own folder. The path of the build could exist on another host,
    with another toolchain."""
    shutil.copyfile(source, target)
    if (ask("patchelf", "--print-rpath", target).strip() or "$ORIGIN") != "$ORIGIN":
        ask("patchelf", "--set-rpath", "$ORIGIN", target)
    os.chmod(target, 0o755 if target.parent.name == "programs" else 0o644)


def document(program, tree, release):
    dump = ask(program, "--experimental-dump-help")
    for name, text in manual.pages(dump, release.epoch, release.current).items():
        (tree / "man" / f"{name}.1").write_text(text)
    for shell, name in SHELLS.items():
        text = ask(program, "--generate-completion-script", shell)
        # Shells source this file, so it needs no interpreter line.
        text = text.split("\n", 1)[1] if text.startswith("#!") else text
        (tree / "completions" / shell / name.format(program.name)).write_text(text)


def debian(tree, root, release):
    source, target = root / "deploy" / "debian", tree / "debian"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("shared"))
    for name in ["tilework-master.service", "tilework-worker@.service"]:
        shutil.copyfile(root / "deploy" / name, target / name)
    for package in PACKAGES:
        shutil.copyfile(source / "shared" / "preinst", target / f"{package}.preinst")
    etc = (source / "shared" / "purge-etc").read_text()
    for script in sorted(target.iterdir()):
        if script.suffix in {".preinst", ".postinst", ".prerm", ".postrm"}:
            script.write_text(fill(script.read_text(), release, etc))
    time = datetime.fromtimestamp(release.epoch, timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")
    (target / "control").write_text(maintained((source / "control").read_text(), os.environ))
    maintainer = re.search(r"^Maintainer: (.*)$", (target / "control").read_text(), re.M).group(1)
    (target / "changelog").write_text(
        f"tilework ({release.version}) unstable; urgency=medium\n\n"
        f"  * Tilework {release.current}; what has changed is in its CHANGELOG.md.\n\n -- {maintainer}  {time}\n")
    os.chmod(target / "rules", 0o755)


def maintained(control, environment):
    """Sets the maintainer, if Debian's usual variables name one."""
    name, address = environment.get("DEBFULLNAME", "Tilework contributors"), environment.get("DEBEMAIL")
    return re.sub(r"^Maintainer: .*$", lambda _: f"Maintainer: {name} <{address}>", control, flags=re.M) if address else control


def fill(script, release, etc):
    """Fills the values of this build into a maintainer script."""
    values = {"SCHEMA": str(release.schema), "VERSION": release.version, "PURGE_ETC": etc.strip()}
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found.group(1)], script)
