// One row of a 3×3 filter. Included once for each level of x86, inside its namespace, after `Register`, `byteProducts`
// and `TW_OP`, which makes the names of the level's instructions.
//
// Two taps are computed together. Their samples are interleaved, products are added in pairs, and packing at the end
// undoes the interleaving.

TW_INLINE Register loaded(const char *from) {
    Register value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

template <bool isWide>
TW_INLINE Register filtered(
    const Register (&samples)[2 * tapPairs], const Register (&weights)[tapPairs], int start
) {
    if constexpr (isWide) {
        // Flipping the highest bit turns unsigned words into signed ones, 32768 less. `start` compensates for that and
        // subtracts 32768 from the result. So packing saturates on both sides, and flipping again gives the right
        // value.
        const Register flip = TW_OP(set1_epi16)(-32768);
        Register low = TW_OP(set1_epi32)(start), high = low;
#pragma unroll
        for (int i = 0; i < tapPairs; i++) {
            const Register a = samples[2 * i] ^ flip, b = samples[2 * i + 1] ^ flip;
            low = TW_OP(add_epi32)(low, TW_OP(madd_epi16)(TW_OP(unpacklo_epi16)(a, b), weights[i]));
            high = TW_OP(add_epi32)(high, TW_OP(madd_epi16)(TW_OP(unpackhi_epi16)(a, b), weights[i]));
        }
        return TW_OP(packs_epi32)(low, high) ^ flip;
    } else {
        Register low = Register{}, high = Register{};
#pragma unroll
        for (int i = 0; i < tapPairs; i++) {
            const Register a = samples[2 * i], b = samples[2 * i + 1];
            low = TW_OP(add_epi16)(low, byteProducts(TW_OP(unpacklo_epi8)(a, b), weights[i]));
            high = TW_OP(add_epi16)(high, byteProducts(TW_OP(unpackhi_epi8)(a, b), weights[i]));
        }
        return TW_OP(packus_epi16)(low, high);
    }
}

template <bool isWide>
static void filterRow(const TapRow &taps, char *to, int bytes) {
    const char *places[2 * tapPairs];
    Register weights[tapPairs];
#pragma unroll
    for (int i = 0; i < tapPairs; i++) {
        places[2 * i] = taps.places[2 * i];
        places[2 * i + 1] = taps.places[2 * i + 1];
        const int first = taps.weights[2 * i], second = taps.weights[2 * i + 1];
        weights[i] = isWide ? TW_OP(set1_epi32)((first & 0xffff) | second * 65536)
                            : TW_OP(set1_epi16)(static_cast<int16_t>((first & 0xff) | second * 256));
    }
    const int start = 32768 * taps.sum - 32768;
    constexpr int width = sizeof(Register);
    for (int at = 0; at < bytes; at += width) {
        Register samples[2 * tapPairs];
#pragma unroll
        for (int i = 0; i < 2 * tapPairs; i++) samples[i] = loaded(places[i] + at);
        const Register result = filtered<isWide>(samples, weights, start);
        if (bytes - at >= width) __builtin_memcpy(to + at, &result, sizeof result);
        else __builtin_memcpy(to + at, &result, static_cast<size_t>(bytes - at));
    }
}
