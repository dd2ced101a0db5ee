// The meaning of a worker's status.

/** Whether it works; a draining worker still does. */
export const isOnline = ({ status }) => status !== "offline";
