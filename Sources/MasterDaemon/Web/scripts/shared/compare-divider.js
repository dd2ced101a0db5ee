// The one control between before and after: a line to drag over the pictures, which the arrow keys move as well.

/** Pixels that a name needs beside itself. */
const labelRoom = 24;

/**
 * @param {Element} glass holds the pictures, the line `.divider-line` and the names `[data-side=before]` and `[data-side=after]`
 * @param {HTMLInputElement} range what the keys and screen readers have of it; it is not seen, the line shows its focus
 * @param {(part: number) => void} moved called with the line's place, 0 to 1 from the left
 */
export function makeDivider(glass, range, moved) {
    const line = glass.querySelector(".divider-line");

    const show = () => {
        const part = Number(range.value) / 100;
        line.style.left = `${part * 100}%`;
        // A name stands only over its own picture.
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
    // The line takes the pointer for itself: a drag that begins on it never moves the image.
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
