// The caller's sessions, each with a button that ends it.

import { endOtherSessions, endSession, getJSON, logInAgain } from "./api.js";
import { element } from "./dom.js";
import { ago } from "./format.js";

/** Makes the list, which loads itself. Focus stays in it when a session is ended. */
export function sessionList() {
    const list = element("div.session-list", { tabindex: -1 });
    const show = async () => {
        const found = await getJSON("sessions").catch(() => null);
        if (!found || found.sessions.length === 0) return list.replaceChildren();
        const others = found.sessions.length > 1 ? everywhereElse(found.may_end_others, ended) : null;
        list.replaceChildren(
            element("p.small", {}, "Where you are logged in:"),
            element("ul.small", {}, found.sessions.map((session) => row(session, found.may_end_others, ended))),
            ...(others ? [others] : []));
    };
    const ended = async () => {
        await show();
        list.focus();
    };
    show();
    return list;
}

function row(session, mayEnd, ended) {
    const name = browserName(session.user_agent);
    const place = [name, session.address].filter(Boolean).join(", ");
    const use = session.current ? "this browser" : `used ${ago(session.last_used_at)}`;
    const words = element("span", { title: session.user_agent ?? null }, `${place}: ${use}`);
    const end = session.current ? null : element("button.button.small", {
        type: "button", "aria-label": `Log out ${place}`, onclick: asking(mayEnd, () => endSession(session.id), ended),
    }, "Log out");
    return element("li", {}, words, end);
}

const everywhereElse = (mayEnd, ended) => element(
    "button.button.small", { type: "button", onclick: asking(mayEnd, endOtherSessions, ended) }, "Log out everywhere else");

/**
 * Asks for a new log-in if the last one is old, so that someone who finds an open browser cannot lock its owner out.
 */
function asking(mayEnd, end, ended) {
    return async (event) => {
        if (!mayEnd) return logInAgain();
        event.target.disabled = true;
        await end().catch((problem) => (problem.status === 403 ? logInAgain() : null));
        await ended();
    };
}

/** A browser's name and system in two words, as far as known. */
export function browserName(agent = "") {
    const find = (names) => names.find(([mark]) => agent.includes(mark))?.[1];
    // The user agents of Edge and Opera also contain Chrome, and most contain Safari, so these two come last.
    const browser = find([["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrom", "Chrome"], ["Safari/", "Safari"]]);
    const system = find([["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);
    return [browser ?? "A browser", system].filter(Boolean).join(" on ");
}
