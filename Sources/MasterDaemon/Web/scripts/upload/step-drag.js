// Drags a step to another position, with mouse, pen or finger. Only styles change until it is dropped.

/** Pixels at the window's edges in which dragging scrolls. */
const edge = 70;

/** @param {(from: number, to: number) => void} dropped */
export function dragToReorder(list, dropped) {
    list.addEventListener("pointerdown", (event) => {
        const grip = event.target.closest(".grip");
        if (!grip || event.button !== 0 || list.children.length < 2) return;
        event.preventDefault();
        begin(list, grip, event, dropped);
    });
}

function begin(list, grip, first, dropped) {
    const cards = [...list.children];
    const dragged = grip.closest("li");
    const from = cards.indexOf(dragged);
    const boxes = cards.map((card) => card.getBoundingClientRect());
    const stride = boxes[from].height + parseFloat(getComputedStyle(list).rowGap || 0);
    const startScroll = window.scrollY;
    let pointer = first.clientY;
    let to = from;
    let frame = 0;

    const show = () => {
        const by = pointer - first.clientY + window.scrollY - startScroll;
        // A card moves aside when the dragged card's edge passes its middle.
        const [top, bottom] = [boxes[from].top + by, boxes[from].bottom + by];
        const middles = boxes.map((box) => (box.top + box.bottom) / 2);
        const below = middles.filter((middle, index) => index > from && middle < bottom).length;
        const above = middles.filter((middle, index) => index < from && middle > top).length;
        to = from + below - above;
        cards.forEach((card, index) => {
            const isBetween = (index > from && index <= to) || (index < from && index >= to);
            const shift = index === from ? by : isBetween ? Math.sign(from - to) * stride : 0;
            card.style.transform = shift === 0 ? "" : `translateY(${shift}px)`;
        });
    };
    const scroll = () => {
        const speed = pointer < edge ? pointer - edge : Math.max(0, pointer - window.innerHeight + edge);
        if (speed !== 0) {
            window.scrollBy(0, speed / 5);
            show();
        }
        frame = requestAnimationFrame(scroll);
    };
    const end = (isDropped) => {
        cancelAnimationFrame(frame);
        controller.abort();
        delete list.dataset.dragging;
        delete dragged.dataset.dragged;
        cards.forEach((card) => (card.style.transform = ""));
        if (isDropped && to !== from) dropped(from, to);
    };

    const controller = new AbortController();
    const { signal } = controller;
    list.dataset.dragging = "";
    dragged.dataset.dragged = "";
    grip.setPointerCapture(first.pointerId);
    grip.addEventListener("pointermove", (event) => {
        pointer = event.clientY;
        show();
    }, { signal });
    grip.addEventListener("pointerup", () => end(true), { signal });
    grip.addEventListener("pointercancel", () => end(false), { signal });
    window.addEventListener("keydown", (event) => {
        if (event.key === "Escape") end(false);
    }, { signal });
    frame = requestAnimationFrame(scroll);
}
