"""The one error of the benchmark: a message that says what went wrong and where to look."""


class BenchFailure(Exception):
    pass
