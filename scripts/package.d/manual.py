"""Makes man pages from a program's help: swift-argument-parser's `--experimental-dump-help`."""

import json
from datetime import datetime, timezone

from script_failure import ScriptFailure

# Characters that roff would treat as a command or print as another character. A plain hyphen would become a typographic
# one, and an option copied from the page would not work.
ESCAPES = str.maketrans({"\\": r"\(rs", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})
# Sections that the programs' help does not have.
MORE = {
    "master-main-serve": [("FILES", [
        ("/etc/tilework/master.env", "Settings of the service tilework-master, as environment variables."),
        ("/var/lib/tilework", "Its data directory: jobs, images and keys. Only the user tilework can open it.")])],
    "worker-main": [("FILES", [
        ("/etc/tilework/worker.env", "Settings of all services tilework-worker@ on this host.")])],
}


def pages(dump, epoch, version):
    """The pages of a program and its subcommands: texts by names such as `master-main-serve`."""
    description = json.loads(dump)
    if description.get("serializationVersion") != 0:
        raise ScriptFailure("the help of the programs has another format version than 0")
    month = datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%d")
    found = {}
    collect(description["command"], [], found)
    return {
        name: "\n".join([
            f'.TH "{plain(name.upper())}" 1 "{month}" "Tilework {plain(version)}" "Tilework"', ".nh", *lines,
            *more(name), *see_also(name, found)]) + "\n"
        for name, lines in found.items()}


def collect(command, above, found):
    words = [*above, command["commandName"]]
    shown = [part for part in command.get("subcommands", []) if shows(part) and part["commandName"] != "help"]
    found["-".join(words)] = page(command, words, shown)
    for part in shown:
        collect(part, words, found)


def shows(part):
    return part.get("shouldDisplay", True)


def page(command, words, subcommands):
    arguments = [part for part in command.get("arguments", []) if shows(part)]
    positional = [part for part in arguments if part["kind"] == "positional"]
    options = [part for part in arguments if part["kind"] != "positional"]
    abstract = command.get("abstract", "").strip()
    lines = [".SH NAME", f"{plain('-'.join(words))} \\- {plain(lower(abstract))}", ".SH SYNOPSIS"]
    synopsis = [bold(" ".join(words))] + (["[options]"] if options else [])
    synopsis += [usage(part) for part in positional] + ([r"\fIcommand\fR ..."] if subcommands else [])
    lines += [" ".join(synopsis), ".SH DESCRIPTION", *prose(abstract)]
    if command.get("discussion"):
        lines += [".PP", *prose(command["discussion"])]
    if subcommands:
        lines.append(".SH COMMANDS")
        for part in subcommands:
            usual = " (if none is named)" if part["commandName"] == command.get("defaultSubcommand") else ""
            lines += entry(bold(part["commandName"]), part.get("abstract", "") + usual)
    if positional:
        lines.append(".SH ARGUMENTS")
        for part in positional:
            lines += entry(italic(part["valueName"]), part.get("abstract", ""))
    return lines + described(options)


def described(options):
    """Options by their sections. Options without a section, such as `--help`, come last."""
    lines, sections = [], {}
    for part in options:
        sections.setdefault(part.get("sectionTitle"), []).append(part)
    for title in sorted(sections, key=lambda title: title is None):
        if not lines:
            lines.append(".SH OPTIONS")
        if len(sections) > 1:
            lines.append(f'.SS "{plain(title or "Other")}"')
        for part in sections[title]:
            lines += entry(option(part), text(part))
    return lines


def option(part):
    names = sorted(part["names"], key=lambda name: name["kind"] != "short")
    shown = ", ".join(bold(("--" if name["kind"] == "long" else "-") + name["name"]) for name in names)
    return shown if part["kind"] == "flag" else f"{shown} {italic(part['valueName'])}"


def text(part):
    """The help of an option, with its default value."""
    words = [part.get("abstract", ""), part.get("discussion", "")]
    if part.get("defaultValue"):
        words.append(f"(default: {part['defaultValue']})")
    return " ".join(word.strip() for word in words if word.strip())


def usage(part):
    shown = italic(part["valueName"]) + (" ..." if part["isRepeating"] else "")
    return f"[{shown}]" if part["isOptional"] else shown


def more(name):
    lines = []
    for title, entries in MORE.get(name, []):
        lines.append(f".SH {title}")
        for path, says in entries:
            lines += entry(italic(path), says)
    return lines


def see_also(name, found):
    above = name.rpartition("-")[0]
    related = [other for other in found if other == above or other.rpartition("-")[0] == name]
    related += ["worker-main"] if name == "master-main" else ["master-main"] if name == "worker-main" else []
    shown = [f"{bold(other)}(1)" for other in sorted(set(related))]
    return [".SH SEE ALSO", ", ".join(shown)] if shown else []


def entry(term, says):
    return [".TP", term, *prose(says)]


def prose(says):
    """The paragraphs of a text. Indented lines are examples, and keep their line breaks."""
    lines = []
    for paragraph in says.strip("\n").split("\n\n"):
        rows = [row for row in paragraph.split("\n") if row.strip()]
        if not rows:
            continue
        if lines:
            lines.append(".PP")
        if all(row.startswith("  ") for row in rows):
            lines += [".RS 4", ".nf", *(line(row[2:]) for row in rows), ".fi", ".RE"]
        else:
            lines.append(line(" ".join(row.strip() for row in rows)))
    return lines


def line(says):
    """A line of text, escaped if roff would treat it as a command: those begin with a dot or an apostrophe."""
    says = plain(says)
    return r"\&" + says if says.startswith((".", r"\(aq")) else says


def plain(says):
    return says.translate(ESCAPES)


def bold(says):
    return rf"\fB{plain(says)}\fR"


def italic(says):
    return rf"\fI{plain(says)}\fR"


def lower(abstract):
    """An abstract for `whatis`: without a full stop, and in lower case except for names such as HTTP."""
    abstract = abstract.rstrip(".")
    first = abstract.split(" ")[0]
    return abstract if first[1:] != first[1:].lower() else abstract[:1].lower() + abstract[1:]
