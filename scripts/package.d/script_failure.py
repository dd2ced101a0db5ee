"""The one error of scripts/package and scripts/hosts-test: a message that says what failed."""


class ScriptFailure(Exception):
    pass
