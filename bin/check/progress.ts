import * as z from 'zod';

/** Names the file that `progress-reporter.ts` writes to. */
export const progressVariable = 'TEST_PROGRESS';

/** A finished test file, and how long it took with its imports and hooks. */
export const FinishedFile = z.object({
  file: z.string(),
  seconds: z.number(),
  isFailed: z.boolean(),
});
const ProgressLine = z.union([z.object({ files: z.int() }), FinishedFile]);
export type ProgressLine = z.infer<typeof ProgressLine>;
export type FinishedFile = z.infer<typeof FinishedFile>;

export type Progress = {
  /** Number of files of the run; 0 before it has started. */
  readonly files: number;
  readonly finished: readonly FinishedFile[];
};

/** Reads what the reporter has written so far. The last line may be incomplete. */
export function progressOf(written: string): Progress {
  const lines = written
    .split('\n')
    .slice(0, -1)
    .map((line) => ProgressLine.parse(JSON.parse(line)));
  return {
    files: lines.reduce((sum, line) => sum + ('files' in line ? line.files : 0), 0),
    finished: lines.flatMap((line) => ('file' in line ? [line] : [])),
  };
}

/** `312 of 954 files, 2 failed`. */
export function progressText({ files, finished }: Progress): string {
  const failed = finished.filter(({ isFailed }) => isFailed).length;
  return `${finished.length} of ${files} files${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** Lines of the slowest files, the slowest first. */
export function slowestFiles(finished: readonly FinishedFile[], count: number): readonly string[] {
  const slowest = finished.toSorted((one, other) => other.seconds - one.seconds).slice(0, count);
  return slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
}
