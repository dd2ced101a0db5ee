// The visible part of the image, and its scale. All lengths are device pixels: at scale 1 an image pixel is a screen
// pixel. Pure: node can check it.

const most = 16;
/** Zoom steps of buttons and keys in a doubling. 100 % is one of the steps. */
const stepsInDoubling = 2;

export class Viewport {
    #image;
    #glass = { width: 1, height: 1 };
    scale = 1;
    /** The position of the image's corner in the viewer. */
    left = 0;
    top = 0;
    isFitted = true;

    constructor(image) {
        this.#image = image;
    }

    get fitScale() {
        return Math.min(1, this.#glass.width / this.#image.width, this.#glass.height / this.#image.height);
    }

    get isWhole() {
        return this.scale <= this.fitScale * 1.001;
    }

    /** The viewer's size changed: a fitted image stays fitted, others keep their centre. */
    resize(width, height) {
        const middle = { x: (this.#glass.width / 2 - this.left) / this.scale, y: (this.#glass.height / 2 - this.top) / this.scale };
        this.#glass = { width, height };
        if (this.isFitted) return this.fit();
        this.left = width / 2 - middle.x * this.scale;
        this.top = height / 2 - middle.y * this.scale;
        this.#settle(this.scale);
    }

    fit() {
        this.scale = this.fitScale;
        this.left = this.top = 0;
        this.#settle(this.scale);
        this.isFitted = true;
    }

    /** Sets the scale. The image's point at x, y stays there. */
    zoomTo(scale, x = this.#glass.width / 2, y = this.#glass.height / 2) {
        const next = Math.min(most, Math.max(this.fitScale, scale));
        this.left = x - ((x - this.left) / this.scale) * next;
        this.top = y - ((y - this.top) / this.scale) * next;
        this.#settle(next);
    }

    /** Zooms by a factor, and stops at 100 % instead of passing it. */
    zoomBy(factor, x, y) {
        const next = this.scale * factor;
        const passes = (this.scale < 0.999 && next > 1) || (this.scale > 1.001 && next < 1);
        this.zoomTo(passes ? 1 : next, x, y);
    }

    /** Zooms to the next step, in (1) or out (-1). */
    zoomStep(direction) {
        const at = Math.log2(this.scale) * stepsInDoubling;
        const next = direction > 0 ? Math.floor(at + 0.01) + 1 : Math.ceil(at - 0.01) - 1;
        this.zoomTo(2 ** (next / stepsInDoubling));
    }

    moveBy(x, y) {
        this.left += x;
        this.top += y;
        this.#settle(this.scale);
    }

    /** The part of the image between two columns of the viewer. */
    part(from = 0, to = this.#glass.width) {
        const left = Math.max(0, (from - this.left) / this.scale);
        const top = Math.max(0, -this.top / this.scale);
        const right = Math.min(this.#image.width, (to - this.left) / this.scale);
        const bottom = Math.min(this.#image.height, (this.#glass.height - this.top) / this.scale);
        return { x: left, y: top, w: Math.max(0, right - left), h: Math.max(0, bottom - top) };
    }

    /** The viewer's rectangle of a part of the image, in whole pixels: neighbours meet, and 100 % is exact. */
    place({ x, y, w, h }) {
        const left = Math.round(this.left) + Math.round(x * this.scale);
        const top = Math.round(this.top) + Math.round(y * this.scale);
        return {
            left,
            top,
            wide: Math.round(this.left) + Math.round((x + w) * this.scale) - left,
            high: Math.round(this.top) + Math.round((y + h) * this.scale) - top,
        };
    }

    /** Moves the image so that it fills the viewer if it is larger, and is centred if it is smaller. */
    #settle(scale) {
        this.scale = scale;
        this.isFitted = Math.abs(scale - this.fitScale) < 1e-9;
        const along = (start, room, length) => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start)));
        this.left = along(this.left, this.#glass.width, this.#image.width * scale);
        this.top = along(this.top, this.#glass.height, this.#image.height * scale);
    }
}
