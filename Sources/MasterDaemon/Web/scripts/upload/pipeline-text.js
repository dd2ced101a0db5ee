// The pipeline as the text that the API takes, for use with curl, and a button that copies it.

import { setText } from "../shared/dom.js";
import { announce } from "../shared/shell.js";

/** @param {{panel, text, copy}} places */
export function showText(pipeline, places) {
    const show = () => {
        const isUsable = pipeline.steps.length > 0 && !pipeline.fault;
        places.panel.hidden = !isUsable;
        if (isUsable) setText(places.text, pipeline.text);
    };
    pipeline.addEventListener("change", show);
    show();
    places.copy.addEventListener("click", async () => {
        const isCopied = await copy(places.text);
        setText(places.copy, isCopied ? "Copied" : "Select it and copy");
        announce(isCopied ? "Copied." : "Copying was not allowed. The text is selected.");
        setTimeout(() => setText(places.copy, "Copy"), 2000);
    });
}

/** Over plain http there is no clipboard API; the old command still works on a selection. */
async function copy(target) {
    try {
        await navigator.clipboard.writeText(target.textContent);
        return true;
    } catch {
        getSelection().selectAllChildren(target);
        return document.execCommand("copy");
    }
}
