import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { progressVariable, type ProgressLine } from './progress.ts';

/** Writes a line for each finished file into the file that `progressVariable` names. A reporter of vitest. */
export default class ProgressReporter implements Reporter {
  private write(line: ProgressLine): void {
    const file = process.env[progressVariable];
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
  }

  onTestRunStart(files: readonly unknown[]): void {
    this.write({ files: files.length });
  }

  onTestModuleEnd(module: TestModule): void {
    const { collectDuration, setupDuration, duration } = module.diagnostic();
    this.write({
      file: relative(process.cwd(), module.moduleId),
      seconds: (collectDuration + setupDuration + duration) / 1000,
      isFailed: module.state() === 'failed',
    });
  }
}
