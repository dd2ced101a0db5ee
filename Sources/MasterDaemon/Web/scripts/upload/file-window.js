// Reads parts of a file, so that the size of an image of 500 megapixels is known without loading it.

/** The file does not hold what its own words promise. */
export class Damaged extends Error {}

/** The file is of a kind that is not taken, and this says why. */
export class Unsupported extends Error {}

const page = 65536;

export class FileWindow {
    #file;
    #start = 0;
    #bytes = new Uint8Array(0);

    constructor(file) {
        this.#file = file;
    }

    get size() {
        return this.#file.size;
    }

    /** `count` bytes from `offset`. */
    async view(offset, count) {
        if (offset < 0 || offset + count > this.size) throw new Damaged("it ends in the middle of its header");
        if (offset < this.#start || offset + count > this.#start + this.#bytes.length) {
            const part = this.#file.slice(offset, offset + Math.max(count, page));
            this.#bytes = new Uint8Array(await part.arrayBuffer());
            this.#start = offset;
        }
        return new DataView(this.#bytes.buffer, offset - this.#start, count);
    }

    /** `count` bytes as letters. */
    async letters(offset, count) {
        const view = await this.view(offset, count);
        return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset, count));
    }

    /**
     * Whether these bytes are somewhere behind `from`. Looked for from the end, at most 16 MB back: where they are not
     * found in that, they may still be farther ahead, and the answer is yes.
     */
    async hasBehind(from, mark) {
        const stride = 1 << 20;
        let end = this.size;
        for (let round = 0; round < 16; round += 1) {
            const start = Math.max(from, end - stride);
            if (start >= end) return false;
            const bytes = new Uint8Array(await this.#file.slice(start, end).arrayBuffer());
            if (holds(bytes, mark)) return true;
            if (start === from) return false;
            // Parts overlap, or a mark across their border would be missed.
            end = start + mark.length - 1;
        }
        return true;
    }
}

function holds(bytes, mark) {
    let found = bytes.lastIndexOf(mark[0]);
    while (found >= 0) {
        if (mark.every((byte, index) => bytes[found + index] === byte)) return true;
        found = found === 0 ? -1 : bytes.lastIndexOf(mark[0], found - 1);
    }
    return false;
}
