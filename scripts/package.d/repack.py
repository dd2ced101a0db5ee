"""Makes a later version of packages, for trials of upgrades: the same files, a higher version and one more migration."""

import re
import shutil

from command import ask


def later(paths, folder, release):
    """Makes packages of the version `release.version` + `+later`, with the next schema and another line in master.env."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = []
    for path in paths:
        tree = folder / path.stem
        ask("dpkg-deb", "--raw-extract", path, tree)
        for part in (tree / "DEBIAN").iterdir():
            part.write_text(moved_on(part.read_text(), part.name, release))
        settings = tree / "etc/tilework/master.env"
        if settings.exists():
            settings.write_text(settings.read_text() + "\n# A line of a later version.\n")
        target = folder / path.name.replace(release.version, f"{release.version}+later")
        ask("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, target)
        shutil.rmtree(tree)
        made.append(target)
    return made


def moved_on(text, name, release):
    text = text.replace(release.version, f"{release.version}+later")
    if name in {"preinst", "postinst"}:
        text = re.sub(rf"(-gt|!=|echo|up to) {release.schema}\b", rf"\1 {release.schema + 1}", text)
    return text
