// The pipeline in the API's text form, for use with curl, with a copy button.

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
