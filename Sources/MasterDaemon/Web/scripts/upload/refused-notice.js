// A notice above the list: how many files cannot be used. Announced when all files are checked.

import { byID, setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";

/** Milliseconds without a change until the sum is announced. */
const rest = 400;

export const isRefused = ({ state }) => state === "refused";

export function noticeRefused(tray) {
    let timer = 0;
    let told = 0;
    const words = () => {
        const refused = tray.items.filter(isRefused).length;
        return refused === 0 ? "" : `${refused} of ${plural(tray.items.length, "file", "files")} cannot be used.`;
    };
    const show = () => {
        const text = words();
        byID("files-refused").hidden = text === "";
        setText(byID("refused-words"), text);
        clearTimeout(timer);
        timer = setTimeout(speak, rest);
    };
    const speak = () => {
        const refused = tray.items.filter(isRefused);
        if (tray.items.some(({ state }) => state === "checking")) return;
        if (refused.length > told) {
            const [{ file, reason }] = refused;
            announce(refused.length === 1 ? `${file.name} cannot be used. ${reason}` : words());
        }
        told = refused.length;
    };
    byID("refused-remove").addEventListener("click", () => {
        tray.items.filter(isRefused).forEach((item) => tray.remove(item));
        byID("file-input").focus();
        announce("They are removed from the list.");
    });
    tray.on("list", show).on("item", show);
}
