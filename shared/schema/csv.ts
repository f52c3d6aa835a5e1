/** CSV as RFC 4180 has it, of which spreadsheets make no formulas. */

const plainNumber = /^(?:\+[1-9]\d{1,14}|-?\d+(?:\.\d+)?)$/;

/**
 * A cell that a spreadsheet would take for a formula begins with `'`; numbers of phones and decimals stay as they are
 * (OWASP, "CSV Injection").
 */
const guarded = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell);

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A line with its end. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(guarded(cell))).join(',')}\r\n`;
