"""Why a bill cannot be written."""


class Trouble(Exception):
    pass
