/** CSV (RFC 4180) that is safe to open in spreadsheets. */

const plainNumber = /^(?:\+[1-9]\d{1,14}|-?\d+(?:\.\d+)?)$/;

/** How a formula begins, also in full width: spreadsheets with such an input method read `＝` as `=`. */
const formulaStart = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Prefixes a cell that a spreadsheet takes for a formula with `'`, except numbers (OWASP, "CSV Injection"). */
const escapeFormula = (cell: string): string =>
  formulaStart.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;

const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A line with its line end. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quote(escapeFormula(cell))).join(',')}\r\n`;
