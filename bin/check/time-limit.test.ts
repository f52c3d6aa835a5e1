import { expect, test } from 'vitest';
import { deadlineVariable, isTimeUp, leaveOut, leftOutText } from './time-limit.ts';

test('the time is up at the deadline, and never without one', () => {
  const at = (deadline: string) => isTimeUp({ [deadlineVariable]: deadline }, 1_000);
  expect([at('1001'), at('1000'), at(''), isTimeUp({}, 1_000)]).toEqual([false, true, false, false]);
});

test('a file is left out with all that it contains', () => {
  const file: Parameters<typeof leaveOut>[0][number] = {
    mode: 'run',
    tasks: [{ mode: 'run', tasks: [{ mode: 'only' }] }, { mode: 'todo' }],
  };
  leaveOut([file]);
  expect(file).toEqual({ mode: 'skip', tasks: [{ mode: 'skip', tasks: [{ mode: 'skip' }] }, { mode: 'skip' }] });
});

test('what was left out is named', () => {
  expect(
    leftOutText([{ file: 'b.test.ts', leftOut: 2 }, { file: 'c.test.ts' }, { file: 'a.test.ts', leftOut: 1 }]),
  ).toBe('NOT RUN, as the time was up: 2 files with 3 tests\n  a.test.ts (1)\n  b.test.ts (2)');
  expect(leftOutText([{ file: 'c.test.ts' }])).toBe('');
});
