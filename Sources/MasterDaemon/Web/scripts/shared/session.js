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
}
