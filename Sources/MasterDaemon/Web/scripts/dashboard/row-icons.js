// Icons of small buttons, drawn with lines in the text's colour.

const namespace = "http://www.w3.org/2000/svg";

const drawings = {
    download: "M10 3v9m0 0 3.5-3.5M10 12 6.500 8.500M4 16h12",
    retry: "M15.500 8.500A6 6 0 1 0 16 11.500M15.500 4.500v4h-4",
    delete: "M4 6h12M8 6V4h4v2M5.500 6l.7 10h7.600l.7-10M8.500 9v4.500M11.500 9v4.500",
    drain: "M9 4H4v12h5M9 10h8m0 0-3-3M17 10l-3 3",
    forget: "M5.500 5.500l9 9M14.500 5.500l-9 9",
    cancel: "M5.500 5.500l9 9M14.500 5.500l-9 9",
};

export function rowIcon(name) {
    const icon = document.createElementNS(namespace, "svg");
    icon.setAttribute("viewBox", "0 0 20 20");
    icon.setAttribute("class", "row-icon");
    icon.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("d", drawings[name]);
    icon.append(path);
    return icon;
}
