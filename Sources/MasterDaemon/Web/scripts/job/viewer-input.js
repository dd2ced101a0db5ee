// Input of the viewer: drag, pinch, wheel and keys.

const wheelSpeed = 0.0016;
const pinchSpeed = 0.01;
const arrowStep = 80;

/**
 * @param {HTMLElement} glass
 * @param actions `moveBy`, `zoomBy`, `zoomStep`, `fit`, `full` in device pixels, and `isWhole`
 */
export function listen(glass, actions) {
    listenToPointers(glass, actions);
    listenToWheel(glass, actions);
    listenToKeys(glass, actions);
}

/** A pointer's position in device pixels of the viewer. */
function at(glass, event) {
    const box = glass.getBoundingClientRect();
    return { x: (event.clientX - box.left) * devicePixelRatio, y: (event.clientY - box.top) * devicePixelRatio };
}

function listenToPointers(glass, { moveBy, zoomBy, isWhole }) {
    const down = new Map();
    const span = () => {
        const [a, b] = [...down.values()];
        return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
    };
    glass.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        down.set(event.pointerId, at(glass, event));
        glass.setPointerCapture(event.pointerId);
        if (!isWhole()) glass.dataset.grabbed = "";
    });
    glass.addEventListener("pointermove", (event) => {
        const before = down.get(event.pointerId);
        if (!before) return;
        const now = at(glass, event);
        if (down.size === 1) {
            down.set(event.pointerId, now);
            return moveBy(now.x - before.x, now.y - before.y);
        }
        const old = span();
        down.set(event.pointerId, now);
        const next = span();
        moveBy(next.x - old.x, next.y - old.y);
        zoomBy(next.apart / old.apart, next.x, next.y);
    });
    const up = (event) => {
        down.delete(event.pointerId);
        if (down.size === 0) delete glass.dataset.grabbed;
    };
    glass.addEventListener("pointerup", up);
    glass.addEventListener("pointercancel", up);
    glass.addEventListener("lostpointercapture", up);
    glass.addEventListener("dblclick", (event) => {
        const { x, y } = at(glass, event);
        zoomBy(2, x, y);
    });
}

function listenToWheel(glass, { zoomBy, isWhole }) {
    glass.addEventListener("wheel", (event) => {
        // If the whole image is visible, zooming out is impossible, and the page scrolls.
        if (event.deltaY > 0 && isWhole() && !event.ctrlKey) return;
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
        const { x, y } = at(glass, event);
        zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? pinchSpeed : wheelSpeed)), x, y);
    }, { passive: false });
}

function listenToKeys(glass, { moveBy, zoomStep, fit, full }) {
    const step = arrowStep * devicePixelRatio;
    const keys = {
        "+": () => zoomStep(1),
        "=": () => zoomStep(1),
        "-": () => zoomStep(-1),
        "−": () => zoomStep(-1),
        0: fit,
        1: full,
        ArrowLeft: () => moveBy(step, 0),
        ArrowRight: () => moveBy(-step, 0),
        ArrowUp: () => moveBy(0, step),
        ArrowDown: () => moveBy(0, -step),
    };
    glass.addEventListener("keydown", (event) => {
        const act = keys[event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        act();
    });
}
