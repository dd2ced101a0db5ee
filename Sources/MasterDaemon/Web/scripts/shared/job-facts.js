// What can be told of any job.

export const isUnfinished = ({ status }) => status === "pending" || status === "processing";

/** The file's name for people, without signs that turn the writing's direction and so could fake another ending. */
export const shownName = ({ filename }) => filename.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
