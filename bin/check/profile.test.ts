import { expect, test } from 'vitest';
import { processorTime, profileText, type FileProfile } from './profile.ts';

const profile = (file: string, [load, setUp, tests]: [number, number, number]): string =>
  `${JSON.stringify({
    file,
    load: { cpu: load, wall: 2 * load },
    setUp: { cpu: setUp, wall: 2 * setUp },
    tests: { cpu: tests, wall: 2 * tests },
  } satisfies FileProfile)}\n`;

test('folders and files that cost most are listed first, with their parts', () => {
  const written =
    profile('shared/sip/digest.test.ts', [0.5, 0, 0.5]) +
    profile('functions/billing/tariffs/handler.test.ts', [1, 2, 3]) +
    profile('functions/billing/rates/handler.test.ts', [1, 1, 1]);
  const [, , all, first, second, , costliest, ...others] = profileText(written, 2).split('\n');
  expect(all).toBe('   10.0    20.0      2.5     5.0      3.0     6.0      4.5     9.0  all 3 files');
  expect(first).toMatch(/^ {4}9\.0 .* functions\/billing \(2\)$/);
  expect(second).toMatch(/^ {4}1\.0 .* shared\/sip \(1\)$/);
  expect(costliest).toMatch(/^ {4}6\.0 .* functions\/billing\/tariffs\/handler\.test\.ts$/);
  expect(others).toHaveLength(1);
});

test.runIf(process.platform === 'linux')('the time of processors grows with work', () => {
  const before = processorTime();
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user < user + 100_000);
  expect(processorTime() - before).toBeGreaterThanOrEqual(0.05);
});
