// The order of the history: chosen by column heads, or from a list if the window is too narrow for them.

import { byID, setText } from "../shared/dom.js";

/** The first order of each column: texts from A on, numbers and times from the largest. */
const firstOrder = { created: "desc", size: "desc", tiles: "desc", worked: "desc" };

export function offerSorts(query) {
    const heads = [...document.querySelectorAll("#history-table .sorter")];
    const choice = byID("sort-choice");
    const show = () => {
        for (const head of heads) {
            const isSorted = head.dataset.sort === query.sort;
            head.dataset.sorted = isSorted;
            head.closest("th").setAttribute(
                "aria-sort", isSorted ? (query.order === "asc" ? "ascending" : "descending") : "none");
            setText(head.querySelector(".sort-sign"), isSorted ? (query.order === "asc" ? "▲" : "▼") : "");
        }
        choice.value = `${query.sort} ${query.order}`;
    };
    for (const head of heads) {
        head.addEventListener("click", () => {
            const { sort } = head.dataset;
            const first = firstOrder[sort] ?? "asc";
            const other = first === "asc" ? "desc" : "asc";
            query.choose({ sort, order: sort === query.sort && query.order === first ? other : first });
        });
    }
    choice.addEventListener("change", () => {
        const [sort, order] = choice.value.split(" ");
        query.choose({ sort, order });
    });
    query.addEventListener("change", show);
    show();
}
