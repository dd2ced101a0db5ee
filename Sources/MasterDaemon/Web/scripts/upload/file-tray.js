// The files that were added, in order, and what is known of each. Rows, preview and queue all look here.

import { checkFile, sizeRefusal } from "./file-check.js";
import { firstLook } from "./first-look.js";

/**
 * One file. `state` is "checking", "ready" or "refused" before it is sent; then "waiting", "uploading", "retrying"
 * (until the next try), "cancelling", "sent" or "failed".
 */
function newItem(file, number) {
    return {
        number, file, state: "checking", head: null, reason: "", picture: null, pictureNote: "", look: null,
        part: 0, pace: "", job: null, isGone: false, submission: null, batch: null, crop: null, field: undefined,
    };
}

const hasPages = ({ head }) => head?.format === "tiff";

/** Events: "list" where files came or went, "item" with the item as detail, "select". */
export class FileTray extends EventTarget {
    items = [];
    selected = null;
    /** Which image of TIFF files is meant; `undefined` is the first. */
    page = undefined;
    #count = 0;
    #pageTimer = 0;

    constructor(limits) {
        super();
        this.limits = limits;
    }

    /** @returns {number} how many were new */
    add(files) {
        const fresh = [...files].filter((file) => !this.#holds(file)).map((file) => newItem(file, (this.#count += 1)));
        this.items.push(...fresh);
        if (fresh.length > 0) this.#tell("list");
        fresh.forEach((item) => this.#look(item));
        return fresh.length;
    }

    remove(item) {
        this.items = this.items.filter((other) => other !== item);
        item.picture?.close();
        if (this.selected === item) this.#selectAnother();
        this.#tell("list");
    }

    /** Another image of each TIFF file is looked at, once the number rests. */
    setPage(page) {
        if (page === this.page) return;
        this.page = page;
        clearTimeout(this.#pageTimer);
        this.#pageTimer = setTimeout(() => this.items.filter(hasPages).forEach((item) => this.#lookAgain(item)), 400);
    }

    select(item) {
        if (this.selected === item) return;
        this.selected = item;
        this.#tell("select");
    }

    /** Sets fields of an item and tells everyone. */
    update(item, fields) {
        Object.assign(item, fields);
        this.#tell("item", item);
    }

    on(type, handler) {
        this.addEventListener(type, (event) => handler(event.detail));
        return this;
    }

    /** Those that Start would send. One that failed gets another chance. */
    get ready() {
        return this.items.filter(({ state }) => state === "ready" || state === "failed");
    }

    /** Those that the output is chosen for. With another page, a refused TIFF may be one again. */
    get open() {
        const mayChange = (item) => item.state === "checking" || (item.state === "refused" && hasPages(item));
        return this.items.filter((item) => item.head && (mayChange(item) || this.ready.includes(item)));
    }

    async #look(item) {
        const { head, reason } = await checkFile(item.file, this.limits);
        if (!this.items.includes(item)) return;
        if (reason) return this.update(item, { head: head ?? null, reason, state: "refused" });
        item.look = this.#lookCloser(item, head);
        // What the browser does not know, only the master can judge.
        if (head.width) this.#admit(item, { head });
        else this.update(item, { head });
    }

    async #lookCloser(item, head) {
        const { page } = this;
        const seen = await firstLook(item.file, head, this.limits, page);
        // Removed, or looked at anew, meanwhile.
        if (!this.items.includes(item) || (head.format === "tiff" && page !== this.page)) return seen.picture?.close();
        item.picture?.close();
        const all = { ...head, ...seen.head };
        const fields = { head: all, picture: seen.picture ?? null, pictureNote: seen.note ?? "" };
        const reason = seen.reason ?? sizeRefusal(all, this.limits);
        const isOpen = item.state === "checking" || item.state === "ready";
        if (!reason || !isOpen) return this.#admit(item, fields);
        this.update(item, { ...fields, reason, state: "refused" });
        if (this.selected === item) this.#selectAnother();
    }

    /** Nothing speaks against it as far as is known. */
    #admit(item, fields) {
        this.update(item, item.state === "checking" ? { ...fields, state: "ready" } : fields);
        if (item.state === "ready" && !this.selected) this.select(item);
    }

    #lookAgain(item) {
        if (!["checking", "ready", "refused"].includes(item.state)) return;
        const { format } = item.head;
        this.update(item, { head: { format }, state: "checking", reason: "", pictureNote: "", crop: null });
        item.look = this.#lookCloser(item, { format });
        if (this.selected === item) this.#tell("select");
    }

    /** The same file twice is a slip of the hand, unless the first one is already sent. */
    #holds(file) {
        return this.items.some(
            ({ file: other, state }) =>
                state !== "sent" && other.name === file.name && other.size === file.size &&
                other.lastModified === file.lastModified,
        );
    }

    #selectAnother() {
        this.selected = this.items.find(({ reason, head }) => head && !reason) ?? null;
        this.#tell("select");
    }

    #tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
