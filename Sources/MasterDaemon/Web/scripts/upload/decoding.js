// Which files can be shown before they are sent: by the browser itself, or by asking the master.

/** Decoded, this is 240 MB. */
const mostPixelsHere = 60e6;
/** What the master tries, where it does not say. */
const usualBytes = 32 * 2 ** 20;
const usualPixels = 40e6;
/** Above, sending the whole file for each look takes too long where there is another way. */
const mostPixelsOften = 12e6;

/** Whether the browser decodes it. It knows no TIFF. */
export const decodable = (head) => head.format !== "tiff" && head.width * head.height <= mostPixelsHere;

/** Whether the master shows it from the file itself. */
export function sendable(file, head, { trial_bytes: most = usualBytes, trial_pixels: mostPixels = usualPixels }) {
    return file.size <= most && head.width * head.height <= mostPixels;
}

/** Whether that is quick enough to do it where it is not needed. */
export const sendsOften = (file, head, limits) =>
    sendable(file, head, limits) && head.width * head.height <= mostPixelsOften;
