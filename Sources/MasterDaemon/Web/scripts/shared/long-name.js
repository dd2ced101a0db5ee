// A name of any length, cut to two lines, with a button that shows the rest.

import { element, setText } from "./dom.js";

/**
 * @param {Element} name contains the text
 * @param {Element} [behind] the button is inserted after it; the name itself by default
 */
export function clampName(name, behind = name) {
    const button = element("button.link.small", { type: "button", hidden: true, "aria-expanded": "false" }, "Whole name");
    const show = (isWhole) => {
        name.dataset.whole = isWhole;
        button.setAttribute("aria-expanded", isWhole);
        setText(button, isWhole ? "Shorter" : "Whole name");
    };
    const measure = () => {
        if (name.dataset.whole !== "true") button.hidden = name.scrollHeight <= name.clientHeight + 2;
    };
    name.classList.add("clamped");
    button.addEventListener("click", () => {
        show(name.dataset.whole !== "true");
        measure();
    });
    behind.after(button);
    new ResizeObserver(measure).observe(name);
    new MutationObserver(measure).observe(name, { childList: true, characterData: true, subtree: true });
}
