import { CsvError, parse } from 'csv-parse/sync';
import { maxRecords } from './foreign-record.ts';

/** Lines of CSV that a switch has appended to a file: one record each, so that a broken line ends with itself. */

export type CsvLine = { readonly line: string } & (
  | { readonly cells: readonly string[] }
  | { readonly problem: string }
);

function readLine(line: string, delimiter: string): CsvLine {
  try {
    return { line, cells: parse(line, { delimiter })[0] ?? [] };
  } catch (error) {
    if (error instanceof CsvError) return { line, problem: `is not a line of CSV (${error.code})` };
    throw error;
  }
}

type Reading = {
  readonly delimiter?: string;
  /** Lines that are no records. */
  readonly more?: number;
};

/** Reads each line that is not empty (RFC 4180, without line breaks in cells), up to the first that is too many. */
export const csvLines = (text: string, { delimiter = ',', more = 0 }: Reading = {}): CsvLine[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, maxRecords + 1 + more)
    .map((line) => readLine(line, delimiter));

/** The cells of a line by the names of its columns; undefined unless there are as many of both. */
export const namedCells = (
  cells: readonly string[],
  columns: readonly string[],
): Readonly<Record<string, string>> | undefined =>
  cells.length === columns.length
    ? Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']))
    : undefined;
