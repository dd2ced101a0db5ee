// Which colour a worker has. It goes by the name alone, so that it is the same on every page, in every pass, and whoever
// else is there.

const number = 8;

/** worker-1 has the first, and so on in turn; a name without a number at its end has any, but always the same one. */
export function colorOf(name) {
    // 1000 is a multiple of 8: of a longer number, the last three digits say it.
    const digits = /\d{1,3}$/.exec(name);
    if (digits) return (Number(digits[0]) + number - 1) % number;
    let hash = 0;
    for (const sign of name) hash = (Math.imul(hash, 31) + sign.codePointAt(0)) >>> 0;
    return (hash ^ (hash >>> 7)) % number;
}

/** The name of such a colour in base.css. */
export const colorName = (place) => `--worker-${place}`;

/** The value of a colour of base.css now: it is another one in the dark. */
export const colorValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
