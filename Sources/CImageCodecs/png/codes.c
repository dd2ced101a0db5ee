#include "codes.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = TWC_PNG_SYMBOLS, LONGEST = TWC_PNG_LONGEST_CODE };

static int compare(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/// How many codes have each length, in an optimal prefix code for frequencies in rising order. From A. Moffat and J.
/// Katajainen, "In-Place Calculation of Minimum-Redundancy Codes" (1995). The array holds frequencies, then parents,
/// then depths. Returns the longest length.
static uint32_t count_lengths(uint32_t *tree, size_t count, uint32_t lengths[SYMBOLS]) {
    for (size_t next = 0, leaf = 0, root = 0; next + 1 < count; next++) {
        uint32_t sum = 0;
        for (int child = 0; child < 2; child++) {
            if (leaf >= count || (root < next && tree[root] < tree[leaf])) {
                sum += tree[root];
                tree[root++] = (uint32_t)next;
            } else {
                sum += tree[leaf++];
            }
        }
        tree[next] = sum;
    }
    // The root is the last inner node. Nodes of a depth that are not inner nodes are leaves.
    size_t inner = count - 1;
    tree[inner - 1] = 0;
    for (size_t node = inner - 1; node-- > 0;) tree[node] = tree[tree[node]] + 1;
    uint32_t depth = 0;
    for (uint32_t places = 1; places; depth++) {
        uint32_t used = 0;
        while (inner && tree[inner - 1] == depth) {
            used++;
            inner--;
        }
        lengths[depth] = places - used;
        places = 2 * used;
    }
    return depth - 1;
}

/// The same with a limit for the lengths, which takes more time. From L. Larmore and D. Hirschberg, "A Fast Algorithm
/// for Optimal Length-Limited Huffman Codes" (1990), known as package-merge. Each level has all symbols, and pairs of
/// the items of the level before, sorted by weight.
static void count_limited_lengths(
    const uint32_t *counts, size_t count, size_t limit, uint32_t lengths[SYMBOLS]) {
    bool is_symbol[LONGEST][2 * SYMBOLS];
    uint32_t weights[2][2 * SYMBOLS];
    size_t items = 0;
    for (size_t level = 0; level < limit; level++) {
        const uint32_t *before = weights[level % 2];
        uint32_t *after = weights[(level + 1) % 2];
        const size_t pairs = items / 2;
        items = count + pairs;
        for (size_t item = 0, symbol = 0, pair = 0; item < items; item++) {
            const uint32_t sum = pair < pairs ? before[2 * pair] + before[2 * pair + 1] : UINT32_MAX;
            is_symbol[level][item] = symbol < count && counts[symbol] <= sum;
            after[item] = is_symbol[level][item] ? counts[symbol++] : sum;
            pair += !is_symbol[level][item];
        }
    }
    // Takes the first items of the last level, then the items of their pairs in the level before, and so on. A symbol's
    // code has a bit for each time that it is taken. The rarest symbols come first.
    memset(lengths, 0, SYMBOLS * sizeof *lengths);
    size_t taken = 2 * count - 2;
    for (size_t length = 1; length <= limit; length++) {
        uint32_t symbols = 0;
        for (size_t item = 0; item < taken; item++) symbols += is_symbol[limit - length][item];
        lengths[length] = symbols;
        lengths[length - 1] -= length > 1 ? symbols : 0;
        taken = 2 * (taken - symbols);
    }
}

void twc_png_make_codes(const uint32_t *counts, size_t symbols, uint32_t limit, twc_png_code *codes) {
    uint32_t sorted[SYMBOLS], tree[SYMBOLS], lengths[SYMBOLS] = {0}, next[LONGEST + 1] = {0};
    size_t used = 0;
    memset(codes, 0, symbols * sizeof *codes);
    // The lower bits hold the symbol, so that no two values are equal.
    for (size_t symbol = 0; symbol < symbols; symbol++)
        if (counts[symbol]) sorted[used++] = counts[symbol] << 9 | (uint32_t)symbol;
    qsort(sorted, used, sizeof *sorted, compare);
    for (size_t index = 0; index < used; index++) tree[index] = sorted[index] >> 9;
    if (count_lengths(tree, used, lengths) > limit) {
        for (size_t index = 0; index < used; index++) tree[index] = sorted[index] >> 9;
        count_limited_lengths(tree, used, limit, lengths);
    }
    // The first code of each length, as in RFC 1951, 3.2.2. The rarest symbols have the longest codes.
    for (uint32_t length = 1; length < limit; length++) next[length + 1] = (next[length] + lengths[length]) << 1;
    for (uint32_t length = limit, index = 0; length; length--)
        for (uint32_t end = index + lengths[length]; index < end; index++)
            codes[sorted[index] & 511].length = (uint16_t)length;
    for (size_t symbol = 0; symbol < symbols; symbol++) {
        const uint32_t length = codes[symbol].length, bits = length ? next[length]++ : 0;
        for (uint32_t bit = 0; bit < length; bit++)
            codes[symbol].bits |= (uint16_t)((bits >> bit & 1) << (length - 1 - bit));
    }
}
