// Keeps keyboard focus near its place when rows appear and disappear.

/** Removes an element. Focus inside it moves to the same control of a neighbour, or to `fallback`. */
export function removeKeepingFocus(row, fallback) {
    const held = row.contains(document.activeElement) ? document.activeElement : null;
    const next = held && neighbour(row, held.dataset.testid);
    row.remove();
    if (held) (next ?? fallback).focus();
}

/** The same control in the next or previous row, if there is one. */
export function neighbour(row, testid) {
    const selector = testid ? `[data-testid="${testid}"]:not([hidden])` : "a[href]";
    for (const other of [row.nextElementSibling, row.previousElementSibling]) {
        const found = other?.querySelector(selector) ?? other?.querySelector("a[href], button:not([hidden])");
        if (found) return found;
    }
    return null;
}

/** Puts children into this order, and moves only those that are elsewhere. */
export function arrange(parent, children) {
    let place = parent.firstElementChild;
    for (const child of children) {
        if (child === place) place = place.nextElementSibling;
        else parent.insertBefore(child, place);
    }
}
