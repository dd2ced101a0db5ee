// The pipeline as the text that the API takes, for use with curl, and a button that copies it.

import { copyOnClick } from "../shared/copy-text.js";
import { setText } from "../shared/dom.js";

/** @param {{panel, text, copy}} places */
export function showText(pipeline, places) {
    const show = () => {
        const isUsable = pipeline.steps.length > 0 && !pipeline.fault;
        places.panel.hidden = !isUsable;
        if (isUsable) setText(places.text, pipeline.text);
    };
    pipeline.addEventListener("change", show);
    show();
    copyOnClick(places.copy, places.text);
}
