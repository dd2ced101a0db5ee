// Turns the master's texts into sentences.

/** The master's texts begin in lower case, and have no full stop. */
export function asSentence(text) {
    if (!text) return "";
    const [first, ...rest] = text;
    return first.toUpperCase() + rest.join("") + (/[.!?]$/.test(text) ? "" : ".");
}
