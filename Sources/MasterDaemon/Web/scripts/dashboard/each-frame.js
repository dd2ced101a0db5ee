// Collects changes until the next frame. A hidden window has no frames, so only the last change of each key is kept.

/** @param {(changed: Map) => void} apply gets the last value of each key */
export function eachFrame(apply) {
    let waiting = new Map();
    let asked = false;
    const draw = () => {
        asked = false;
        const changed = waiting;
        waiting = new Map();
        if (changed.size > 0) apply(changed);
    };
    return {
        add(key, value) {
            waiting.set(key, value);
            if (asked) return;
            asked = true;
            requestAnimationFrame(draw);
        },
        clear: () => waiting.clear(),
    };
}
