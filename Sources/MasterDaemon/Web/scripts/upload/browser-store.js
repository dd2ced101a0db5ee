// Data that the browser keeps for this page. The storage may be off, full or corrupt; none of that is an error.

const prefix = "tilework.";

/** The data under a name; `null` if there is none that can be read. */
export function recall(name) {
    try {
        return JSON.parse(localStorage.getItem(prefix + name));
    } catch {
        return null;
    }
}

/** @returns {boolean} whether it was stored */
export function keep(name, value) {
    try {
        localStorage.setItem(prefix + name, JSON.stringify(value));
        return true;
    } catch {
        return false;
    }
}
