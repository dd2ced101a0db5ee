// Which files can be shown before they are sent: by the browser itself, or by asking the master.

/** Decoded, this is 240 MB. */
const mostPixelsHere = 60e6;
const mostPixelsThere = 40e6;
const mostBytesThere = 32 * 2 ** 20;
/** Above, sending the whole file for each look takes too long where there is another way. */
const mostPixelsOften = 12e6;

/** Whether the browser decodes it. It knows no TIFF. */
export const decodable = (head) => head.format !== "tiff" && head.width * head.height <= mostPixelsHere;

/** Whether the master shows it from the file itself. */
export const sendable = (file, head) => file.size <= mostBytesThere && head.width * head.height <= mostPixelsThere;

/** Whether that is quick enough to do it where it is not needed. */
export const sendsOften = (file, head) => sendable(file, head) && head.width * head.height <= mostPixelsOften;
