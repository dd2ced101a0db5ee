// The list of rows, synchronized with the tray.

import { setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";
import { FileRow } from "./file-row.js";
import { isRefused } from "./refused-notice.js";

/** @param {{list: Element, count: Element, zone: Element}} places */
export function showFiles(tray, places, actions) {
    const rows = new Map();
    const rowActions = { ...actions, select: (item) => tray.select(item), remove };

    const refresh = (item) => rows.get(item)?.update(item === tray.selected);
    const refreshAll = () => tray.items.forEach(refresh);

    tray.on("list", () => {
        for (const item of rows.keys()) {
            if (tray.items.includes(item)) continue;
            rows.get(item).element.remove();
            rows.delete(item);
        }
        for (const item of tray.items) {
            if (rows.has(item)) continue;
            const row = new FileRow(item, rowActions);
            rows.set(item, row);
            places.list.append(row.element);
        }
        places.list.hidden = tray.items.length === 0;
        places.zone.dataset.compact = tray.items.length > 0;
        setText(places.count, tray.items.length > 1 ? plural(tray.items.length, "file", "files") : "");
        refreshAll();
        order();
    });
    tray.on("select", refreshAll);
    tray.on("item", (item) => {
        refresh(item);
        order();
    });

    /** Refused files come first, so that their reasons are seen. Only rows that are elsewhere are moved. */
    function order() {
        const wanted = [...tray.items.filter(isRefused), ...tray.items.filter((item) => !isRefused(item))];
        let place = places.list.firstElementChild;
        for (const item of wanted) {
            const row = rows.get(item).element;
            if (row === place) place = place.nextElementSibling;
            else places.list.insertBefore(row, place);
        }
    }

    /** Removes a row. Focus moves to the next row's button, or to the drop zone. */
    function remove(item) {
        const row = rows.get(item).element;
        const next = row.nextElementSibling ?? row.previousElementSibling;
        actions.cancel(item);
        tray.remove(item);
        if (next) next.querySelector(".file-buttons > :last-child").focus();
        else places.zone.querySelector("input").focus();
        announce(`${item.file.name} is removed from the list.`);
    }

    return { refreshAll };
}

