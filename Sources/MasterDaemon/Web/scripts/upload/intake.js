// Adds files: by dropping anywhere on the page, choosing, pasting, and the sample.

import { plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";

/** @param {{input, zone, curtain}} places  @param {(files: File[]) => number} add returns how many were new */
export function takeFiles({ input, zone, curtain }, add) {
    const take = (files) => {
        const all = [...files];
        if (all.length === 0) return;
        const fresh = add(all);
        announce(fresh === 0 ? "It is already in the list." : `${plural(fresh, "file", "files")} added.`);
    };

    input.addEventListener("change", () => {
        take(input.files);
        // Reset, so that the same file can be chosen again after it was removed.
        input.value = "";
    });
    // The large area looks like a button, so clicks on it work like one.
    zone.addEventListener("click", (event) => {
        if (!event.target.closest("label, button")) input.click();
    });
    document.addEventListener("paste", (event) => {
        const { files } = event.clipboardData;
        if (files.length === 0) return;
        event.preventDefault();
        take(files);
    });
    followDrag(curtain, take);
}

/** Shows the curtain while files are dragged over the window. */
function followDrag(curtain, take) {
    const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    // Counts elements entered and left. At 0 the pointer has left the window.
    let depth = 0;
    const show = (isShown) => {
        curtain.hidden = !isShown;
        if (!isShown) depth = 0;
    };
    window.addEventListener("dragenter", (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth += 1;
        show(true);
    });
    window.addEventListener("dragover", (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
    });
    window.addEventListener("dragleave", (event) => {
        if (!carriesFiles(event)) return;
        depth -= 1;
        if (depth <= 0) show(false);
    });
    window.addEventListener("drop", (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        show(false);
        take(event.dataTransfer.files);
    });
}
