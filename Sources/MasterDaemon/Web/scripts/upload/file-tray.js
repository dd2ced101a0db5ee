// The added files, in order, with their data. Rows, preview and queue use it.

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

/** Events: "list" when files were added or removed, "item" with the item as detail, "select". */
export class FileTray extends EventTarget {
    items = [];
    selected = null;
    /** The chosen image of TIFF files; `undefined` means the first. */
    page = undefined;
    #count = 0;
    #pageTimer = 0;

    constructor(limits) {
        super();
        this.limits = limits;
    }

    /** @returns {number} how many files were new */
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

    /** Sets the page of TIFF files. They are checked again once the number has not changed for a moment. */
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

    /** Sets fields of an item, and sends the event. */
    update(item, fields) {
        Object.assign(item, fields);
        this.#tell("item", item);
    }

    on(type, handler) {
        this.addEventListener(type, (event) => handler(event.detail));
        return this;
    }

    /** The items that Start would send, including those that failed. */
    get ready() {
        return this.items.filter(({ state }) => state === "ready" || state === "failed");
    }

    /** The items that the output options are for. With another page, a refused TIFF may be accepted. */
    get open() {
        const mayChange = (item) => item.state === "checking" || (item.state === "refused" && hasPages(item));
        return this.items.filter((item) => item.head && (mayChange(item) || this.ready.includes(item)));
    }

    async #look(item) {
        const { head, reason } = await checkFile(item.file, this.limits);
        if (!this.items.includes(item)) return;
        if (reason) return this.update(item, { head: head ?? null, reason, state: "refused" });
        item.look = this.#lookCloser(item, head);
        // If the browser does not know the size, only the master can decide.
        if (head.width) this.#admit(item, { head });
        else this.update(item, { head });
    }

    async #lookCloser(item, head) {
        const { page } = this;
        const seen = await firstLook(item.file, head, this.limits, page);
        // The item was removed or checked again meanwhile.
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

    /** Marks the item as ready: no reason for a refusal is known. */
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

    /** Adding a file twice is a mistake, unless the first one is already sent. */
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
