// Which names of properties and texts are private, whatever program made them up.
#include "../common/codec.h"
#include <ctype.h>
#include <string.h>

bool twc_is_private_name(const char *name) {
    static const char *const words[] = {
        "gps", "latitude", "longitude", "altitude", "geotag", "geohash", "location", "serial", "makernote", "shotlog",
        "thumbnail", "ownername", "hostcomputer", "uniqueid"};
    static const char *const names[] = {"lat", "lon", "long", "lng"};
    // Only letters and digits count: "Serial Number", "serial_number" and "SerialNumber" are the same name.
    char letters[256];
    size_t count = 0;
    for (; *name && count < sizeof letters - 1; name++)
        if (isalnum((unsigned char)*name)) letters[count++] = (char)tolower((unsigned char)*name);
    letters[count] = 0;
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        if (strstr(letters, words[index])) return true;
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (strcmp(letters, names[index]) == 0) return true;
    return false;
}
