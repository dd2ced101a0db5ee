"""The C target's list of notes, for calls that take one."""

import ctypes as c


class NoteEntry(c.Structure):
    _fields_ = [("text", c.c_char * 480), ("is_about_metadata", c.c_bool), ("several", c.c_char_p),
                ("names", c.c_char * 368), ("count", c.c_size_t),
                ("plain", c.c_char * 96), ("is_about_junk", c.c_bool)]


class Notes(c.Structure):
    _fields_ = [("entries", NoteEntry * 50), ("count", c.c_size_t), ("counts", c.c_size_t * 2)]

    @property
    def texts(self):
        return [self.entries[index].text.decode() for index in range(self.count)]
