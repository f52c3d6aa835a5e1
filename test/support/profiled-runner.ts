import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { TestRunner, type RunnerTestFile } from 'vitest';
import { processorTime, profileVariable, type Cost, type FileProfile } from '#bin/check/profile.ts';

const costSoFar = (): Cost => ({ wall: performance.now() / 1_000, cpu: processorTime() });

const since = (earlier: Cost, later: Cost): Cost => ({
  wall: later.wall - earlier.wall,
  cpu: later.cpu - earlier.cpu,
});

/** Writes what each test file costs, if a file for that is named (`npm test -- --profile`). */
export default class ProfiledRunner extends TestRunner {
  private readonly profileFile = process.env[profileVariable];
  private begun: Cost | undefined;
  private loaded: Cost | undefined;
  private setUp: Cost | undefined;

  override onCollectStart(file: RunnerTestFile): void {
    super.onCollectStart(file);
    if (this.profileFile !== undefined) this.begun = costSoFar();
  }

  onBeforeRunFiles(): void {
    if (this.profileFile === undefined) return;
    this.loaded = costSoFar();
    this.setUp = undefined;
  }

  override async onBeforeRunTask(test: Parameters<TestRunner['onBeforeRunTask']>[0]): Promise<void> {
    if (this.profileFile !== undefined) this.setUp ??= costSoFar();
    await super.onBeforeRunTask(test);
  }

  override onAfterRunFiles(files: RunnerTestFile[]): void {
    super.onAfterRunFiles(files);
    const { profileFile, begun, loaded } = this;
    if (profileFile === undefined || begun === undefined || loaded === undefined) return;
    const ended = costSoFar();
    const { setUp = ended } = this;
    const profile: FileProfile = {
      file: files.map(({ filepath }) => relative(process.cwd(), filepath)).join(' '),
      load: since(begun, loaded),
      setUp: since(loaded, setUp),
      tests: since(setUp, ended),
    };
    appendFileSync(profileFile, `${JSON.stringify(profile)}\n`);
  }
}
