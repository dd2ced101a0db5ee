// Icons of small buttons, as lines in a square of 20 by 20.

const lines = {
    up: "M5 12l5-5 5 5",
    down: "M5 8l5 5 5-5",
    remove: "M5 5l10 10M15 5L5 15",
    grip: "M7.5 5v.01M12.5 5v.01M7.5 10v.01M12.5 10v.01M7.5 15v.01M12.5 15v.01",
    plus: "M10 4v12M4 10h12",
    picture: "M3 5h14v10H3zM3 13l4-4 4 4 2-2 4 3.5M13.5 8v.01",
};
const space = "http://www.w3.org/2000/svg";

export function sign(name) {
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("aria-hidden", "true");
    svg.classList.add("sign");
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", lines[name]);
    svg.append(path);
    return svg;
}
