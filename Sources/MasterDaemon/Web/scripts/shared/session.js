// Who is logged in. On a master that is open nobody is, and nothing is shown.

import { getJSON } from "./api.js";
import { element } from "./dom.js";
import { dateTime } from "./format.js";
import { limitList } from "./limit-list.js";
import { sessionList } from "./session-list.js";

/** Shows in the bar who is logged in, what they may use, where they are logged in, and a button that ends the session. */
export async function showSession() {
    const me = await getJSON("me").catch(() => null);
    if (!me || me.kind === "open") return;
    document.documentElement.dataset.role = me.role;
    const leave = element("button.button.small", { type: "submit" }, "Log out");
    const form = element("form.session", { method: "post", action: "/logout" });
    form.append(menu(me), leave);
    document.querySelector(".bar-inner").append(form);
    if (me.role === "viewer") showThatItLooksOnly();
}

/** Opened, it asks anew: limits change all the time. */
function menu(me) {
    const use = element("div.session-use", { role: "status" });
    const opened = element("details.session-menu", {
        ontoggle: async () => {
            if (!opened.open) return;
            use.replaceChildren(...facts(await getJSON("me").catch(() => me)));
        },
        onkeydown: (event) => { if (event.key === "Escape") opened.open = false; },
    }, element("summary.small", { title: `Logged in as ${me.name}; shows what you may use` }, `${me.name}, ${me.role}`), use);
    document.addEventListener("click", (event) => { if (!opened.contains(event.target)) opened.open = false; });
    return opened;
}

function facts(me) {
    const end = me.expires_at ? element("p.small", {}, `Your key expires on ${dateTime(me.expires_at)}.`) : null;
    const used = element("p.small", {}, "What you have used of your limits:");
    return [used, limitList(me.limits), end, sessionList()].filter(Boolean);
}

/** Said before somebody has put a job together that will be refused. */
function showThatItLooksOnly() {
    const words = "You are logged in as a viewer: you can look at everything, but not start, cancel or delete jobs.";
    const start = document.getElementById("page-trouble");
    start?.before(element("p.notice.page-notice", { role: "status", id: "looks-only" }, words));
}
