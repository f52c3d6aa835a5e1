import { TestRunner, type RunnerTestFile } from 'vitest';
import { isTimeUp, leaveOut } from '#bin/check/time-limit.ts';

/** Runs system tests; once the time is up, it skips the files that have not begun, with their hooks. */
export default class TimeLimitedRunner extends TestRunner {
  onBeforeRunFiles(files: RunnerTestFile[]): void {
    if (isTimeUp(process.env, Date.now())) leaveOut(files);
  }
}
