#pragma once

namespace tw {

/// `index` reflected at 0 and at `count - 1`, without repeating the border pixel: dcb|abcd|cba.
inline int reflect101(int index, int count) {
    if (index >= 0 && index < count) return index;
    if (count == 1) return 0;
    const int period = 2 * (count - 1);
    const int place = ((index % period) + period) % period;
    return place < count ? place : period - place;
}

}  // namespace tw
