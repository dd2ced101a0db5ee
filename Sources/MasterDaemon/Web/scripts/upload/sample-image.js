// Offers the sample image, to try the page without a file.

import { getBlob } from "../shared/api.js";
import { announce } from "../shared/shell.js";

/** @param {{button, failure}} places  @param {(file: File) => void} take */
export function offerSample({ button, failure }, take) {
    button.addEventListener("click", async () => {
        if (button.getAttribute("aria-disabled") === "true") return;
        button.setAttribute("aria-disabled", true);
        failure.hidden = true;
        try {
            const image = await getBlob("sample");
            // The time is always the same, so adding it twice adds one file.
            take(new File([image], "sample.jpg", { type: image.type, lastModified: 0 }));
            announce("The sample image is added.");
        } catch (error) {
            failure.textContent = error.message;
            failure.hidden = false;
        }
        button.setAttribute("aria-disabled", false);
    });
}
