const beyondPrintableAscii = /[\u007f-\uffff]/g;

/**
 * JSON that consists of ASCII characters only: the others are escaped as `\uXXXX` (RFC 8259, section 7), and parse as
 * themselves. Its length is its size in bytes. Undefined is not a value.
 */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    beyondPrintableAscii,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
