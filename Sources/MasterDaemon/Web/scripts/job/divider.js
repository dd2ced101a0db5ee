// The divider between source and result: a line to drag on the glass, and a range input for the keys.

import { byID } from "../shared/dom.js";

const labelRoom = 24;

/** @param {(part: number) => void} moved called with the divider's place, 0 to 1 from the left */
export function makeDivider(moved) {
    const glass = byID("viewer-glass");
    const line = byID("divider-line");
    const range = byID("divider");

    const show = () => {
        const part = Number(range.value) / 100;
        line.style.left = `${part * 100}%`;
        // A name stands only over its own picture.
        for (const [name, room] of [["source", part], ["result", 1 - part]]) {
            const label = glass.querySelector(`[data-side="${name}"]`);
            label.style.visibility = room * glass.clientWidth < label.offsetWidth + labelRoom ? "hidden" : "";
        }
        range.setAttribute("aria-valuetext", `${Math.round(part * 100)} % source`);
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
        line.setPointerCapture(event.pointerId);
    });
    line.addEventListener("pointermove", (event) => {
        if (line.hasPointerCapture(event.pointerId)) follow(event);
    });
    line.addEventListener("dblclick", (event) => event.stopPropagation());
    new ResizeObserver(show).observe(glass);
}
