// The colour of a worker. It depends on the name only, so it is the same on every page and in every pass, whatever
// other workers exist.

const number = 8;

/** Names that end with a number take the colours in turn, from worker-1. For other names a hash chooses the colour. */
export function colorOf(name) {
    // 1000 is a multiple of 8, so the last three digits suffice.
    const digits = /\d{1,3}$/.exec(name);
    if (digits) return (Number(digits[0]) + number - 1) % number;
    let hash = 0;
    for (const sign of name) hash = (Math.imul(hash, 31) + sign.codePointAt(0)) >>> 0;
    return (hash ^ (hash >>> 7)) % number;
}

/** The name of a colour in base.css. */
export const colorName = (index) => `--worker-${index}`;

/** The current value of a colour in base.css. It depends on the dark mode. */
export const colorValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
