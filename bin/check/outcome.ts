import * as z from 'zod';
import { FinishedFile } from './progress.ts';
import { closingLine, Counts } from './test-report.ts';

/** What a step has found. */
export const Outcome = z
  .object({
    /** Of the step. */
    name: z.string(),
    seconds: z.number(),
    counts: Counts,
    /** Printed if anything failed. */
    output: z.string(),
    /** A line for each test that failed. */
    failures: z.array(z.string()).readonly(),
    /** The test files of a run; undefined for a step that is no run of tests. */
    finished: z.array(FinishedFile).readonly().optional(),
  })
  .readonly();
export type Outcome = z.infer<typeof Outcome>;

/** A line about the step, and what it printed if anything failed. */
export function describeOutcome({ name, seconds, counts, output, finished }: Outcome, widest: number): string {
  const word = counts.failed > 0 ? 'FAILED' : 'passed';
  const parts = [name.padEnd(widest), word, `${seconds.toFixed(1)} s`];
  const line = (finished === undefined ? parts : [...parts, closingLine(counts)]).join('  ');
  return counts.failed > 0 ? `${line}\n${output.trimEnd().replace(/^/gm, '    ')}` : line;
}

const headings = ['step', 'files', 'passed', 'failed', 'skipped', 'seconds'];

const cellsOf = ({ name, seconds, counts, finished }: Outcome): readonly string[] => [
  name,
  finished === undefined ? '' : String(finished.length),
  ...[counts.passed, counts.failed, counts.skipped].map(String),
  seconds.toFixed(0),
];

/** A table of all steps: their test files, what passed and failed, and the seconds that they took. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [headings, ...outcomes.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const aligned = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(aligned).join('  ')).join('\n');
}
