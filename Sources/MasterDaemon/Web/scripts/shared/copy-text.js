// Copies a text. The clipboard API needs https or localhost; over plain http an older method is used.

import { setText } from "./dom.js";
import { announce } from "./shell.js";

/** Milliseconds for which a button shows "Copied". */
const copiedTime = 2000;

/** Makes a button copy an element's text. If that is not allowed, it selects the text. */
export function copyOnClick(button, place) {
    const usual = button.textContent;
    let timer = 0;
    button.addEventListener("click", async () => {
        const isCopied = await copyText(place.textContent);
        if (!isCopied) getSelection().selectAllChildren(place);
        setText(button, isCopied ? "Copied" : "Select it and copy");
        announce(isCopied ? "Copied." : "Copying was not allowed. The text is selected.");
        clearTimeout(timer);
        timer = setTimeout(() => setText(button, usual), copiedTime);
    });
}

/** Tries to copy. Returns whether the text is in the clipboard now. */
async function copyText(text) {
    if (navigator.clipboard) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            // The browser does not allow it. The older method may work.
        }
    }
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    field.setAttribute("readonly", "");
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
}
