"""Tables as lines of text."""


def aligned(header, rows, words=2):
    """Lines under a header. The first `words` columns are aligned to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for line in [header, ["-" * width for width in widths], *rows]:
        cells = [cell.ljust(width) if i < words else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        yield "  ".join(cells).rstrip()


def megabytes(count):
    return f"{count / 1e6:.0f}"
