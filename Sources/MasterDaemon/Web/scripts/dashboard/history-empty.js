// Replaces the rows of the history if there are none, or if they cannot be read.

import { byID, element } from "../shared/dom.js";

export class HistoryEmpty {
    #place = byID("history-empty");
    #failure = byID("history-failure");
    #query;
    #shown = null;

    constructor(query) {
        this.#query = query;
    }

    show(isEmpty) {
        this.#place.hidden = !isEmpty;
        const wanted = this.#query.isEmpty ? "none" : this.#query.address();
        if (!isEmpty || wanted === this.#shown) return;
        this.#shown = wanted;
        this.#place.replaceChildren(...(this.#query.isEmpty ? this.#noJobs() : this.#noMatch()));
    }

    /** @param {() => void} [again] retries */
    showFailure(problem, again) {
        this.#failure.hidden = problem === null;
        this.#failure.replaceChildren();
        if (!problem) return;
        this.#failure.append(
            element("span", {}, `The history cannot be read. ${problem.message}`),
            element("button.button.small", { type: "button", onclick: again }, "Try again"));
    }

    #noJobs() {
        return [
            element("strong", {}, "No jobs yet"),
            element("span", {}, "Every job you start is kept here, with its result, until you delete it."),
            element("a.button", { href: "/" }, "Start a job"),
        ];
    }

    #noMatch() {
        const { search, status } = this.#query;
        const clear = () => {
            byID("search").focus();
            this.#query.clear();
        };
        return [
            element("strong", {}, status ? `No ${status} job matches` : "No job matches"),
            search ? element("span", {}, "Looked for “", element("bdi", {}, search), "” in file names and at the start of ids.") : null,
            element("button.button", { type: "button", id: "history-clear", dataset: { testid: "clear" }, onclick: clear }, "Clear the filter"),
        ].filter(Boolean);
    }
}
