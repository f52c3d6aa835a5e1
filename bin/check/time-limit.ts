/**
 * The time limit of the system tests (`TEST_DEADLINE`, Unix milliseconds): files that would begin after it are left
 * out, and named. Only CI sets one, for machines that are so slow that it would end without a result.
 */
export const deadlineVariable = 'TEST_DEADLINE';

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether the time is up. @param now Unix milliseconds */
export function isTimeUp({ [deadlineVariable]: deadline = '' }: Variables, now: number): boolean {
  return deadline !== '' && now >= Number(deadline);
}

type Task = { mode: 'run' | 'skip' | 'only' | 'todo' | 'queued'; readonly tasks?: readonly Task[] };

/** Marks tests, and what contains them, to be skipped with their hooks. */
export function leaveOut(tasks: readonly Task[]): void {
  for (const task of tasks) {
    task.mode = 'skip';
    leaveOut(task.tasks ?? []);
  }
}

/** Lines about the files that were left out; none if there are none. */
export function leftOutText(
  files: readonly { readonly file: string; readonly leftOut?: number | undefined }[],
): string {
  const left = files.flatMap(({ file, leftOut = 0 }) => (leftOut > 0 ? [{ file, leftOut }] : []));
  if (left.length === 0) return '';
  const tests = left.reduce((sum, { leftOut }) => sum + leftOut, 0);
  const names = left.map(({ file, leftOut }) => `  ${file} (${leftOut})`);
  return [`NOT RUN, as the time was up: ${left.length} files with ${tests} tests`, ...names.toSorted()].join('\n');
}
