"""Why a bill of materials cannot be written."""


class Trouble(Exception):
    pass
