// What a worker's state means.

/** It works, even if it does so for the last time. */
export const isOnline = ({ status }) => status !== "offline";
