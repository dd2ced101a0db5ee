// Shows the viewer on the full screen, or in the full window if the browser has no full screen for elements.

import { byID, setText } from "../shared/dom.js";

export function makeFullWindow(viewer) {
    const button = byID("full-window");
    const isFull = () => document.fullscreenElement === viewer || viewer.classList.contains("over-page");
    const show = () => {
        button.setAttribute("aria-label", isFull() ? "Leave full window" : "Full window");
        setText(button, isFull() ? "Leave" : "Full window");
    };
    const overPage = (on) => {
        viewer.classList.toggle("over-page", on);
        document.documentElement.classList.toggle("behind-viewer", on);
        show();
    };
    button.addEventListener("click", async () => {
        if (document.fullscreenElement === viewer) return document.exitFullscreen();
        if (isFull()) return overPage(false);
        try {
            await viewer.requestFullscreen();
        } catch {
            overPage(true);
        }
    });
    document.addEventListener("fullscreenchange", show);
    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && viewer.classList.contains("over-page")) overPage(false);
    });
}
