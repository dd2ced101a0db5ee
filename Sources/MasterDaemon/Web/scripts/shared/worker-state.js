// The meaning of a worker's status.

/** Whether the worker still works. A draining worker does. */
export const isOnline = ({ status }) => status !== "offline";
