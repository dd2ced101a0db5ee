// A small picture of a job: its result where there is one, else the image that was sent.

import { element } from "../shared/dom.js";

/** Where the picture is, or null. Both kinds can be kept by the browser for ever. */
function address({ links, status, progress }) {
    if (links.result) return `${links.result}/region?max=160`;
    // A job that failed before its first tile had an image that cannot be read: it is not asked for in vain.
    const isUnreadable = status === "failed" && progress.completed === 0 && progress.failed === 0;
    return isUnreadable ? null : `${links.source}/region?max=160`;
}

export class JobThumbnail {
    #picture = element("img", { alt: "", loading: "lazy", decoding: "async", width: 56, height: 56 });

    constructor() {
        this.root = element("span.thumb", {}, this.#picture);
        this.#picture.addEventListener("error", () => this.#showMissing(true));
    }

    show(job) {
        const wanted = address(job);
        if (wanted !== null && wanted === this.#picture.getAttribute("src")) return;
        this.#showMissing(wanted === null);
        if (wanted === null) return this.#picture.removeAttribute("src");
        this.#picture.alt = `Picture of ${job.filename}`;
        this.#picture.src = wanted;
    }

    /** Where nothing can be shown, as of a damaged image, an empty frame stays. */
    #showMissing(isMissing) {
        this.#picture.hidden = isMissing;
        this.root.toggleAttribute("data-missing", isMissing);
    }
}
