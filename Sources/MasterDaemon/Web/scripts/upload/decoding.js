// Decides whether a file can be shown before it is sent: by the browser, or by the master.

/** The largest image that the browser decodes. It takes 240 MB. */
const mostPixelsHere = 60e6;
/** A larger image that the browser can show is not sent to the master for each preview. That would take too long. */
const mostPixelsOften = 12e6;

/** Whether the browser decodes an image. If the size is unknown, the result is false. */
export const decodable = ({ width, height }) => width * height <= mostPixelsHere;

/** Whether the master can preview the file itself. If the size is unknown, that is tried. */
export function sendable(file, { width = 0, height = 0 }, { trial_bytes: most, trial_pixels: mostPixels }) {
    return file.size <= most && width * height <= mostPixels;
}

/** Whether sending is fast enough to be used even if the browser could show the file. */
export const sendsOften = (file, head, limits) =>
    sendable(file, head, limits) && (head.width ?? 0) * (head.height ?? 0) <= mostPixelsOften;
