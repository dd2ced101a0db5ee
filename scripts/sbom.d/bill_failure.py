"""Why a bill of materials cannot be written."""


class BillFailure(Exception):
    pass
