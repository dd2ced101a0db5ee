// Which files can be shown before they are sent: by the browser itself, or by asking the master.

/** Decoded, this is 240 MB. */
const mostPixelsHere = 60e6;
/** Above, sending the whole file for each look takes too long where there is another way. */
const mostPixelsOften = 12e6;

/** Whether the browser decodes it. It has no size for what it does not know. */
export const decodable = ({ width, height }) => width * height <= mostPixelsHere;

/** Whether the master shows it from the file itself; where the size is not known, that is tried. */
export function sendable(file, { width = 0, height = 0 }, { trial_bytes: most, trial_pixels: mostPixels }) {
    return file.size <= most && width * height <= mostPixels;
}

/** Whether that is quick enough to do it where it is not needed. */
export const sendsOften = (file, head, limits) =>
    sendable(file, head, limits) && (head.width ?? 0) * (head.height ?? 0) <= mostPixelsOften;
