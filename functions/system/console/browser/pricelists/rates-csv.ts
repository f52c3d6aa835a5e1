import { csvLine } from '#schema/csv.ts';
import { freshRate, keyOf, type Rate } from './rates.ts';

/** Rates as a table of a spreadsheet: a line each, with the names of the API in the first line. */

const columns = [
  ...(['prefix', 'name', 'direction', 'price_per_minute', 'connect_fee', 'minimum_charge'] as const),
  ...(['initial_seconds', 'increment_seconds', 'included', 'valid_from', 'valid_to'] as const),
];

type Column = (typeof columns)[number];

const cellOf = (value: string | number | boolean | null): string => (value === null ? '' : String(value));

/** Rates as CSV (RFC 4180). Times of day with prices of their own are not in it. */
export const csvOf = (rates: readonly Rate[]): string =>
  [columns, ...rates.map((rate) => columns.map((name) => cellOf(rate[name])))].map(csvLine).join('');

/** The cells of a text. @param separator comma, semicolon or tab */
function cellsOf(text: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let [cell, isQuoted] = ['', false];
  const end = (): void => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (isQuoted && letter === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"') isQuoted = !isQuoted;
    else if (isQuoted) cell += letter;
    else if (letter === separator) end();
    else if (letter === '\n') {
      end();
      rows.push([]);
    } else if (letter !== '\r') cell += letter;
  }
  end();
  return rows.filter((row) => row.some((each) => each.trim() !== ''));
}

const separatorOf = (head: string): string =>
  [',', ';', '\t'].toSorted((one, other) => head.split(other).length - head.split(one).length)[0] ?? ',';

/** What is wrong with a table: the number of its line, from 1, and the column. */
export class TableError extends Error {
  readonly line: number;
  readonly column: string;

  constructor(line: number, column: string) {
    super(`line ${line}: ${column}`);
    this.line = line;
    this.column = column;
  }
}

/** ISO 8601 with a zone. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

const patterns: Readonly<Partial<Record<Column, RegExp>>> = {
  // No access code (functions/billing/tariffs/rate.ts).
  prefix: /^(?!0|810)\d{0,15}$/,
  direction: /^(?:outbound|inbound)$/,
  price_per_minute: /^\d{1,9}(?:\.\d{1,6})?$/,
  connect_fee: /^\d{1,9}(?:\.\d{1,4})?$/,
  minimum_charge: /^\d{1,9}(?:\.\d{1,4})?$/,
  initial_seconds: /^\d{1,4}$/,
  increment_seconds: /^\d{1,4}$/,
  included: /^(?:true|false)$/i,
  valid_from: instant,
  valid_to: instant,
};

/** A value of a table; a decimal comma is a point. */
function valueOf(column: Column, cell: string): unknown {
  if (column === 'initial_seconds' || column === 'increment_seconds') return Number(cell);
  if (column === 'included') return cell.toLowerCase() === 'true';
  return cell;
}

const plainCell = (column: Column, cell: string): string => {
  const text = cell.trim().replace(/^'/, '');
  if (column === 'prefix') return text.replace(/^\+/, '').replaceAll(' ', '');
  return column.endsWith('_fee') || column.endsWith('_charge') || column === 'price_per_minute'
    ? text.replace(',', '.')
    : text;
};

/**
 * Rates of a table. Prices by the time of day stay those of the rate that there was.
 *
 * @param before rates of the price list
 * @throws TableError what cannot be read, or a rate that stands twice
 */
export function ratesOfCsv(text: string, before: readonly Rate[]): readonly Rate[] {
  const [head = ''] = text.split(/\r?\n/, 1);
  const [names = [], ...rows] = cellsOf(text.replace(/^\uFEFF/, ''), separatorOf(head));
  const places = new Map(columns.map((name) => [name, names.findIndex((each) => each.trim().toLowerCase() === name)]));
  for (const needed of ['prefix', 'price_per_minute'] as const)
    if ((places.get(needed) ?? -1) < 0) throw new TableError(1, needed);
  const known = new Map(before.map((rate) => [keyOf(rate), rate]));
  const seen = new Set<string>();
  return rows.map((row, at) => {
    const line = at + 2;
    const values = columns.flatMap((name): [Column, unknown][] => {
      const cell = plainCell(name, row[places.get(name) ?? -1] ?? '');
      if (cell === '' && name !== 'prefix') {
        if (name === 'price_per_minute') throw new TableError(line, name);
        return [];
      }
      if (patterns[name]?.test(cell) === false) throw new TableError(line, name);
      return [[name, valueOf(name, cell)]];
    });
    const rate: Rate = { ...freshRate, ...(Object.fromEntries(values) as Partial<Rate>) };
    const key = keyOf(rate);
    if (seen.has(key)) throw new TableError(line, 'prefix');
    seen.add(key);
    return { ...rate, time_bands: known.get(key)?.time_bands ?? [] };
  });
}
