"""Why the packages cannot be built, or are not as they should be."""


class Trouble(Exception):
    pass
