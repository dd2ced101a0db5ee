// Who is logged in. On a master that is open nobody is, and nothing is shown.

import { getJSON } from "./api.js";
import { element } from "./dom.js";

/** Shows in the bar who is logged in, with a button that ends the session. */
export async function showSession() {
    const me = await getJSON("me").catch(() => null);
    if (!me || me.kind === "open") return;
    document.documentElement.dataset.role = me.role;
    const leave = element("button.button.small", { type: "submit" }, "Log out");
    const form = element("form.session", { method: "post", action: "/logout" });
    form.append(element("span.small", { title: `Logged in as ${me.name}` }, `${me.name}, ${me.role}`), leave);
    document.querySelector(".bar-inner").append(form);
    if (me.role === "viewer") showThatItLooksOnly();
}

/** Said before somebody has put a job together that will be refused. */
function showThatItLooksOnly() {
    const words = "You are logged in as a viewer: you can look at everything, but not start, cancel or delete jobs.";
    const start = document.getElementById("page-trouble");
    start?.before(element("p.notice.page-notice", { role: "status", id: "looks-only" }, words));
}
