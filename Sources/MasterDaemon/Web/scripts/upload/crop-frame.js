// The overview: the whole image, small, with a frame around the previewed part. The frame moves by dragging, by
// clicking elsewhere, and by arrow keys.

import { announce } from "../shared/shell.js";
import { paint } from "./crop-source.js";

const side = 512;
/** Image pixels per arrow key. With Shift it is a whole crop. */
const nudge = 64;
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The crop in the middle of an image, or around another point. */
export function cropAround({ width, height }, length = side, { x, y } = { x: width / 2, y: height / 2 }) {
    const [w, h] = [Math.min(length, width), Math.min(length, height)];
    return { x: bounded(x - w / 2, width - w), y: bounded(y - h / 2, height - h), w, h };
}

const bounded = (value, most) => Math.round(Math.min(Math.max(0, value), most));

export class CropFrame {
    #map;
    #canvas;
    #frame;
    #item = null;
    #moved;
    #speak = 0;

    /** @param {{map, canvas, frame}} places  @param {(crop: object) => void} moved */
    constructor({ map, canvas, frame }, moved) {
        this.#map = map;
        this.#canvas = canvas;
        this.#frame = frame;
        this.#moved = moved;
        frame.addEventListener("keydown", (event) => this.#key(event));
        map.addEventListener("pointerdown", (event) => this.#drag(event));
    }

    show(item) {
        this.#item = item;
        const { picture, head } = item;
        const scale = side / Math.max(head.width, head.height);
        const scaled = (length) => Math.max(1, Math.round(length * scale));
        const [width, height] = [scaled(head.width), scaled(head.height)];
        paint(this.#canvas, width, height, (pen) => picture && pen.drawImage(picture, 0, 0, width, height));
        // Limits the height of the overview of a tall image.
        this.#map.style.maxWidth = `${(20 * head.width) / head.height}rem`;
        this.#place();
    }

    #place() {
        const { crop, head } = this.#item;
        const { style } = this.#frame;
        style.left = `${(crop.x / head.width) * 100}%`;
        style.top = `${(crop.y / head.height) * 100}%`;
        style.width = `${(crop.w / head.width) * 100}%`;
        style.height = `${(crop.h / head.height) * 100}%`;
    }

    /** Shows a part of another size around the same point. */
    resize(length) {
        const { crop, head } = this.#item;
        this.#item.crop = cropAround(head, length, { x: crop.x + crop.w / 2, y: crop.y + crop.h / 2 });
        this.#place();
        this.#moved(this.#item.crop);
    }

    moveBy(x, y) {
        const { crop } = this.#item;
        this.#moveTo(crop.x + x, crop.y + y);
    }

    #moveTo(x, y) {
        const { crop, head } = this.#item;
        const next = { ...crop, x: bounded(x, head.width - crop.w), y: bounded(y, head.height - crop.h) };
        if (next.x === crop.x && next.y === crop.y) return;
        this.#item.crop = next;
        this.#place();
        this.#moved(next);
    }

    #key(event) {
        const step = event.shiftKey ? this.#item.crop.w : nudge;
        const direction = directions[event.key];
        if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const [across, down] = direction;
        const { x, y } = this.#item.crop;
        this.#moveTo(x + across * step, y + down * step);
        // Announced when no more keys are pressed.
        clearTimeout(this.#speak);
        this.#speak = setTimeout(() => announce(`From ${this.#item.crop.x} across, ${this.#item.crop.y} down.`), 400);
    }

    #drag(event) {
        if (event.button !== 0 || !this.#item) return;
        event.preventDefault();
        this.#frame.focus({ preventScroll: true });
        const box = this.#map.getBoundingClientRect();
        const { head, crop } = this.#item;
        const inImage = ({ clientX, clientY }) => ({
            x: ((clientX - box.left) / box.width) * head.width,
            y: ((clientY - box.top) / box.height) * head.height,
        });
        const start = inImage(event);
        // A drag that begins outside the frame first moves the frame to the pointer.
        if (!event.target.closest(".crop-frame")) this.#moveTo(start.x - crop.w / 2, start.y - crop.h / 2);
        const { x, y } = this.#item.crop;
        const controller = new AbortController();
        const { signal } = controller;
        this.#map.setPointerCapture(event.pointerId);
        this.#map.addEventListener("pointermove", (move) => {
            const now = inImage(move);
            this.#moveTo(x + now.x - start.x, y + now.y - start.y);
        }, { signal });
        const end = () => controller.abort();
        for (const type of ["pointerup", "pointercancel"]) this.#map.addEventListener(type, end, { signal });
    }
}
