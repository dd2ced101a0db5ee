"""Audits of a whole page: names for screen readers, contrast, width."""

# Roles of controls and of pictures. Each of them needs a name.
NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "slider", "spinbutton", "image", "img", "application",
    "dialog", "progressbar", "meter", "table", "group", "region", "navigation", "search", "option", "DisclosureTriangle",
}


def nameless(page):
    """Nodes of the browser's accessibility tree that should have a name and have none."""
    client = page.context.new_cdp_session(page)
    tree = client.send("Accessibility.getFullAXTree")["nodes"]
    client.detach()
    found = [node for node in tree if not node["ignored"] and node.get("role", {}).get("value") in NAMED]
    assert found
    return [node for node in found if not node.get("name", {}).get("value", "").strip() and not is_anonymous_group(node)]


def is_anonymous_group(node):
    """A <details> is a group without a name; its summary has one."""
    return node["role"]["value"] == "group"


FRAME = """() => ({
    headings: [...document.querySelectorAll("h1")].filter((one) => one.checkVisibility()).length,
    language: document.documentElement.lang,
    pictures: [...document.querySelectorAll("img")].filter((one) => !one.hasAttribute("alt")).length,
    main: document.querySelectorAll("main").length,
})"""

# Colors are painted on a canvas, which reads every notation. Layers are blended from the page upward.
CONTRAST = """() => {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below, part = 1) => [0, 1, 2].map((i) => top[i] * top[3] * part + below[i] * (1 - top[3] * part));
    const lightness = (color) => {
        const [r, g, b] = color.map((one) => one / 255)
            .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const parents = (one) => one ? [...parents(one.parentElement), one] : [];
    const judge = (one, text, color) => {
        let back = [255, 255, 255];
        let opacity = 1;
        for (const layer of parents(one)) {
            const style = getComputedStyle(layer);
            opacity *= Number(style.opacity);
            back = over(rgba(style.backgroundColor), back, opacity);
        }
        const front = over(rgba(color), back, opacity);
        const [dark, light] = [lightness(front), lightness(back)].sort((a, b) => a - b);
        return { text: text.trim().slice(0, 60), place: one.tagName + "." + one.className + "#" + one.id,
            contrast: Math.round((light + 0.05) / (dark + 0.05) * 100) / 100 };
    };
    const isSeen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !one.closest(".unseen, .skip, :disabled, [aria-disabled=true]");
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        const isText = walker.currentNode.data.trim() !== "" && !["OPTION", "SCRIPT", "NOSCRIPT"].includes(one.tagName);
        if (isText && isSeen(one)) found.push(judge(one, walker.currentNode.data, getComputedStyle(one).color));
    }
    for (const one of document.querySelectorAll("input:not([type=range], [type=checkbox], [type=file]), select")) {
        if (!isSeen(one)) continue;
        const part = one.value === "" && one.placeholder ? "::placeholder" : null;
        found.push(judge(one, one.value || one.placeholder || "", getComputedStyle(one, part).color));
    }
    return found;
}"""


# Waits until fades have ended. An inherited color changes in several steps, one after another.
SETTLED = """async () => {
    const ending = () => document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 2000);
    do {
        await Promise.allSettled(ending().map((one) => one.finished));
        for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame);
    } while (ending().length > 0);
}"""


def poor_contrast(page, least=4.5):
    page.evaluate(SETTLED)
    found = page.evaluate(CONTRAST)
    assert len(found) >= 10, found
    return [each for each in found if each["contrast"] < least]


def too_wide(page):
    """How many pixels the page can be scrolled sideways."""
    return page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")


# The focused element, and whether it shows an outline, on itself or on its label.
FOCUS = """() => {
    const one = document.activeElement;
    if (one === null || one === document.body) return null;
    const has = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return { place: one.tagName + "#" + one.id, testid: one.dataset.testid ?? "", id: one.id, text: one.textContent.trim(),
        isVisible: [one, one.closest("label")].some((each) => each && has(getComputedStyle(each))) };
}"""


def focus(page):
    """The focused element. Fails if there is none, or if it shows no outline."""
    found = page.evaluate(FOCUS)
    assert found, "the focus is nowhere"
    assert found["isVisible"], f"the focus on {found['place']} {found['testid']} cannot be seen"
    return found
