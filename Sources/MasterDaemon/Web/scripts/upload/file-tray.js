// The files that were added, in order, and what is known of each. Rows, preview and queue all look here.

import { checkFile } from "./file-check.js";
import { thumbnail } from "./thumbnails.js";

/**
 * One file. `state` is "checking", "ready" or "refused" before it is sent; then "waiting", "uploading", "retrying"
 * (until the next try), "cancelling", "sent" or "failed".
 */
function newItem(file, number) {
    return {
        number, file, state: "checking", head: null, reason: "", picture: null, picturePart: null, pictureNote: "",
        part: 0, pace: "", job: null, isGone: false, submission: null, crop: null,
    };
}

/** Events: "list" where files came or went, "item" with the item as detail, "select". */
export class FileTray extends EventTarget {
    items = [];
    selected = null;
    #count = 0;

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

    async #look(item) {
        const { head, reason } = await checkFile(item.file, this.limits);
        if (!this.items.includes(item)) return;
        this.update(item, { head: head ?? null, reason: reason ?? "", state: reason ? "refused" : "ready" });
        if (!reason && !this.selected) this.select(item);
        if (!head) return;
        const { picture, part, note } = await thumbnail(item.file, head, this.limits);
        if (!this.items.includes(item)) return picture?.close();
        const pictureNote = reason ? "" : note ?? "";
        this.update(item, { picture: picture ?? null, picturePart: part ?? null, pictureNote });
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
