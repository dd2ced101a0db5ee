"""The one error of the benchmark: a message that says what failed and where to look."""


class BenchFailure(Exception):
    pass
