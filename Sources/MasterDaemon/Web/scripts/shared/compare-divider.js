// The divider between before and after: a line over the pictures that is dragged, or moved by the arrow keys.

/** Pixels that a label needs around its text. */
const labelRoom = 24;

/**
 * @param {Element} glass holds the pictures, the line `.divider-line` and the labels `[data-side=before]` and
 * `[data-side=after]`
 * @param {HTMLInputElement} range an invisible slider for keys and screen readers; the line shows its focus
 * @param {(part: number) => void} moved called with the line's position, 0 to 1 from the left
 */
export function makeDivider(glass, range, moved) {
    const line = glass.querySelector(".divider-line");

    const show = () => {
        const part = Number(range.value) / 100;
        line.style.left = `${part * 100}%`;
        // A label is visible only if it fits over its own picture.
        for (const [name, room] of [["before", part], ["after", 1 - part]]) {
            const label = glass.querySelector(`[data-side="${name}"]`);
            label.style.visibility = room * glass.clientWidth < label.offsetWidth + labelRoom ? "hidden" : "";
        }
        range.setAttribute("aria-valuetext", `${Math.round(part * 100)} % before`);
        moved(part);
    };
    const follow = (event) => {
        const box = glass.getBoundingClientRect();
        range.value = ((event.clientX - box.left) / box.width) * 100;
        show();
    };
    range.addEventListener("input", show);
    // The line captures the pointer, so that a drag that begins on it never moves the image.
    line.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        event.stopPropagation();
        event.preventDefault();
        range.focus({ preventScroll: true });
        line.setPointerCapture(event.pointerId);
    });
    line.addEventListener("pointermove", (event) => {
        if (line.hasPointerCapture(event.pointerId)) follow(event);
    });
    line.addEventListener("dblclick", (event) => event.stopPropagation());
    new ResizeObserver(show).observe(glass);
}
