// The menu of all transforms, each with a short description.

import { element } from "../shared/dom.js";

/** @param {(name: string) => void} chosen */
export function stepMenu(button, menu, catalogue, chosen) {
    const options = catalogue.transforms.map(({ name, title, summary }) =>
        element(
            "button.menu-option",
            { type: "button", dataset: { testid: "add-option", name }, onclick: () => choose(name) },
            element("strong", {}, title), element("span.small.soft", {}, summary),
        ));
    menu.replaceChildren(...options.map((option) => element("li", {}, option)));

    function show(isShown) {
        menu.hidden = !isShown;
        button.setAttribute("aria-expanded", isShown);
    }
    function choose(name) {
        show(false);
        chosen(name);
    }

    button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") === "true") return;
        show(menu.hidden);
        if (!menu.hidden) {
            options[0].focus({ preventScroll: true });
            menu.scrollIntoView({ block: "nearest" });
        }
    });
    menu.addEventListener("keydown", (event) => {
        const index = options.indexOf(document.activeElement);
        const wanted = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: options.length - 1 }[event.key];
        const typed = event.key.length === 1 && event.key !== " " ? byLetter(index, event.key) : undefined;
        const next = options[wanted ?? typed];
        if (wanted !== undefined || typed !== undefined) event.preventDefault();
        next?.focus();
    });
    // A letter selects the next title that begins with it.
    const byLetter = (index, letter) => {
        const order = options.map((_, offset) => (index + 1 + offset) % options.length);
        return order.find((each) => catalogue.transforms[each].title.toLowerCase().startsWith(letter.toLowerCase()));
    };
    for (const place of [button, menu]) {
        place.addEventListener("keydown", (event) => {
            if (event.key !== "Escape" || menu.hidden) return;
            show(false);
            button.focus();
        });
    }
    document.addEventListener("pointerdown", (event) => {
        if (!menu.hidden && !menu.contains(event.target) && !button.contains(event.target)) show(false);
    });
    // An empty catalogue has no menu.
    if (options.length === 0) button.setAttribute("aria-disabled", "true");
}
