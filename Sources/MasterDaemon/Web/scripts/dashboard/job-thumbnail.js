// A small picture of a job: of its result as far as there is one, else of the image that was sent.

import { element } from "../shared/dom.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";

const small = "region?max=160";

/** Where the picture is, or null. Of many jobs at once: only for those under way may the master have to decode one. */
function address(job) {
    const { links, status, progress } = job;
    if (status === "completed") return `${links.preview}?max=160`;
    if (isUnfinished(job)) return `${links.source}/${small}`;
    // What ended before its first tile may be an image that cannot be read, and has nothing to show.
    return progress.completed > 0 ? `${links.self}/result/${small}` : null;
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
        this.#picture.alt = `Picture of ${shownName(job)}`;
        this.#picture.src = wanted;
    }

    /** Where nothing can be shown, as of a damaged image, an empty frame stays. */
    #showMissing(isMissing) {
        this.#picture.hidden = isMissing;
        this.root.toggleAttribute("data-missing", isMissing);
    }
}
