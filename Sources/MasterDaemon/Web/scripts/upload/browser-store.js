// What the browser keeps for this page. It may be switched off, full, or hold anything: none of that is an error.

const prefix = "tilework.";

/** What was kept under a name; `null` where there is nothing that can be read. */
export function recall(name) {
    try {
        return JSON.parse(localStorage.getItem(prefix + name));
    } catch {
        return null;
    }
}

/** @returns {boolean} whether it was kept */
export function keep(name, value) {
    try {
        localStorage.setItem(prefix + name, JSON.stringify(value));
        return true;
    } catch {
        return false;
    }
}
