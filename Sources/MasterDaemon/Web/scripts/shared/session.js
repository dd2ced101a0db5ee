// Shows who is logged in. On an open master it shows nothing.

import { getJSON } from "./api.js";
import { element } from "./dom.js";
import { dateTime } from "./format.js";
import { limitList } from "./limit-list.js";
import { sessionList } from "./session-list.js";

/** Shows in the bar: the user, their limits and sessions, and a log-out button. */
export async function showSession() {
    const me = await getJSON("me").catch(() => null);
    if (!me || me.kind === "open") return;
    document.documentElement.dataset.role = me.role;
    const leave = element("button.button.small", { type: "submit" }, "Log out");
    const form = element("form.session", { method: "post", action: "/logout" });
    form.append(menu(me), leave);
    document.querySelector(".bar-inner").append(form);
    if (me.role === "viewer") showViewerNotice();
}

/** The menu loads its data whenever it is opened, because limits change all the time. */
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

/** Shown in advance, so that viewers do not prepare a job that will be refused. */
function showViewerNotice() {
    const words = "You are logged in as a viewer: you can look at everything, but not start, cancel or delete jobs.";
    const start = document.getElementById("page-failure");
    start?.before(element("p.notice.page-notice", { role: "status", id: "looks-only" }, words));
}
