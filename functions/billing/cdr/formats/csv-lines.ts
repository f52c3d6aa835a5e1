import { CsvError, parse } from 'csv-parse/sync';
import { maxRecords } from './foreign-record.ts';

/** Lines of CSV that a switch has appended to a file: one record each, so that a broken line ends with itself. */

export type CsvLine = { readonly line: string } & (
  | { readonly cells: readonly string[] }
  | { readonly problem: string }
);

function readLine(line: string): CsvLine {
  try {
    return { line, cells: parse(line)[0] ?? [] };
  } catch (error) {
    if (error instanceof CsvError) return { line, problem: `is not a line of CSV (${error.code})` };
    throw error;
  }
}

/** Reads each line that is not empty (RFC 4180, without line breaks in cells). */
export const csvLines = (text: string): CsvLine[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, maxRecords + 1)
    .map(readLine);

/** The cells of a line by the names of its columns; undefined unless there are as many of both. */
export const namedCells = (
  cells: readonly string[],
  columns: readonly string[],
): Readonly<Record<string, string>> | undefined =>
  cells.length === columns.length
    ? Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']))
    : undefined;
