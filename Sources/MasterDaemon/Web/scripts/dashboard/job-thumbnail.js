// A small picture of a job: of its result as far as it exists, or else of the source.

import { element } from "../shared/dom.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";

const small = "region?max=160";

/**
 * The picture's address, or null. The master may have to decode the source for it, so sources are shown for unfinished
 * jobs only.
 */
function address(job) {
    const { links, status, progress } = job;
    if (status === "completed") return `${links.preview}?max=160`;
    if (isUnfinished(job)) return `${links.source}/${small}`;
    // A job that ended before its first tile may have an unreadable image, so there is nothing to show.
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

    /** If nothing can be shown, as for a damaged image, an empty frame remains. */
    #showMissing(isMissing) {
        this.#picture.hidden = isMissing;
        this.root.toggleAttribute("data-missing", isMissing);
    }
}
