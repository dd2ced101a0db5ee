// Problems since the master's start: a quiet line while there are none, or else a notice. Counters of 0 are folded
// away; each of the others has a text that explains it.

import { byID, element, setText } from "../shared/dom.js";
import { count, plural } from "../shared/format.js";
import { arrange } from "./keep-focus.js";

/** Why results are dropped. Some reasons are usual: a cancelled job's tiles still arrive. */
const reasons = {
    unknown_job: { words: "of jobs that have ended", isUsual: true },
    other_pass: { words: "of a pass that has ended", isUsual: true },
    other_canvas: { words: "of an earlier run", isUsual: true },
    duplicate: { words: "that came twice", isUsual: true },
    no_such_tile: { words: "of tiles that do not exist" },
    wrong_pixels: { words: "with wrong pixels" },
};

const always = (level) => () => level;

/**
 * Each kind with its texts and its level: a note, a warning if the master coped with it, or an error. A hint is a text
 * that does not depend on the number.
 */
const kinds = [
    { name: "reissued", title: "Resent", level: always("warning"), number: ({ tiles }) => tiles.reissued,
        words: () => "Tiles resent because no result came in time or their worker was lost." },
    { name: "retried", title: "Retried", level: always("warning"), number: ({ tiles }) => tiles.retried,
        words: () => "Tiles resent because a worker could not do them." },
    { name: "backups", title: "Speculative attempts", level: always("note"), number: ({ tiles }) => tiles.backups,
        hint: "Second attempts of tiles, sent to other workers because the first were slow" },
    { name: "not-sent", title: "Not sent", level: always("warning"), number: ({ tiles }) => tiles.send_failures,
        words: () => "Tiles that could not be handed to Kafka at once." },
    { name: "given-up", title: "Given up", level: always("error"), number: ({ tiles }) => tiles.given_up,
        words: () => "Tiles that no worker could do. Their jobs failed." },
    { name: "dropped", title: "Dropped results", level: droppedLevel, number: ({ dropped_results }) => sum(dropped_results),
        words: ({ dropped_results }) => droppedWords(dropped_results) },
    { name: "dead", title: "Dead letters", level: always("error"), number: ({ dead_letters, dead_letters_lost }) => dead_letters + dead_letters_lost,
        words: ({ dead_letters_lost }) => deadWords(dead_letters_lost) },
    { name: "lost", title: "Lost workers", level: always("warning"), number: ({ workers }) => workers.lost,
        words: () => "Workers that were lost without having left." },
    { name: "rebalances", title: "Rebalances", level: always("note"), number: ({ kafka }) => kafka.rebalances,
        hint: "Times that workers were given other partitions, as when one comes or goes" },
    { name: "reconnects", title: "Reconnects", level: always("note"), number: ({ kafka }) => kafka.reconnects,
        hint: "Times that Kafka answered a client again after an outage" },
];

const severity = ["none", "note", "warning", "error"];

const sum = (numbers) => Object.values(numbers).reduce((all, number) => all + number, 0);

function dropped(results) {
    return Object.entries(results).filter(([, number]) => number > 0)
        .map(([reason, number]) => ({ number, ...(reasons[reason] ?? { words: reason }) }));
}

function droppedLevel({ dropped_results }) {
    return dropped(dropped_results).every(({ isUsual }) => isUsual) ? "note" : "warning";
}

function droppedWords(results) {
    const found = dropped(results);
    if (found.length === 1) return `All ${found[0].words}.`;
    return `${found.map(({ number, words }) => `${count(number)} ${words}`).join(", ")}.`;
}

const deadWords = (lost) =>
    `Records that could not be read and were moved aside.${lost > 0 ? ` ${count(lost)} of them are lost.` : ""}`;

let places = null;

function make(root) {
    const folded = element("dl", { "aria-label": "Counters that are 0" });
    const shown = element("dl", { "aria-labelledby": "problems-title" });
    places = { folded, shown, items: kinds.map(makeItem) };
    root.append(
        element("p.problems-title", { id: "problems-title" }), shown,
        element("details.problems-rest", {}, element("summary", { id: "problems-rest" }), folded));
}

function makeItem(kind) {
    const number = element("dd");
    const words = element("dd.problem-words");
    const item = element("div.problem", { title: kind.hint, dataset: { testid: "problem", problem: kind.name } }, element("dt", {}, kind.title), number, words);
    return { kind, item, number, words };
}

export function showProblems(statistics) {
    const root = byID("problems");
    if (!places) make(root);
    let worst = 0;
    const [shown, folded] = [[], []];
    for (const { kind, item, number, words } of places.items) {
        const found = kind.number(statistics);
        const level = found > 0 ? kind.level(statistics) : "none";
        worst = Math.max(worst, severity.indexOf(level));
        item.dataset.level = level;
        setText(number, count(found));
        setText(words, found > 0 ? kind.words?.(statistics) ?? `${kind.hint}.` : "");
        (found > 0 ? shown : folded).push(item);
    }
    arrange(places.shown, shown);
    arrange(places.folded, folded);
    places.shown.hidden = shown.length === 0;
    root.dataset.level = severity[worst];
    root.hidden = false;
    setText(byID("problems-title"), [
        "No problems since the start",
        "No problems since the start",
        "Small problems since the start, all dealt with",
        "Problems since the start",
    ][worst]);
    setText(byID("problems-rest"), shown.length === 0 ? "What is counted" : `${plural(folded.length, "counter is", "counters are")} 0`);
}
