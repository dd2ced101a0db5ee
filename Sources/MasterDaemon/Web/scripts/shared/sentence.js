// The master's words among those of a page.

/** They begin small and end without a point. */
export function asSentence(text) {
    if (!text) return "";
    const [first, ...rest] = text;
    return first.toUpperCase() + rest.join("") + (/[.!?]$/.test(text) ? "" : ".");
}
