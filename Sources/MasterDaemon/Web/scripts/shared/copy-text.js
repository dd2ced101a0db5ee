// Copies a text. The clipboard of today needs https or localhost; over plain http on a LAN the old way has to do.

import { setText } from "./dom.js";
import { announce } from "./shell.js";

/** Milliseconds for which a button says that it has copied. */
const praise = 2000;

/** Makes a button copy what an element says; where that is not allowed, the text is selected. */
export function copyOnClick(button, place) {
    const usual = button.textContent;
    let timer = 0;
    button.addEventListener("click", async () => {
        const isCopied = await copyText(place.textContent);
        if (!isCopied) getSelection().selectAllChildren(place);
        setText(button, isCopied ? "Copied" : "Select it and copy");
        announce(isCopied ? "Copied." : "Copying was not allowed. The text is selected.");
        clearTimeout(timer);
        timer = setTimeout(() => setText(button, usual), praise);
    });
}

/** Whether the text is in the clipboard now. */
async function copyText(text) {
    if (navigator.clipboard) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            // Not allowed: the old way may be.
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
