import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('it returns as soon as the condition neither throws nor is false', async () => {
  const outcomes: (() => number | false)[] = [
    () => {
      throw new Error('too early');
    },
    () => false,
    () => 7,
  ];
  await expect(eventually(() => (outcomes.shift() ?? (() => -1))())).resolves.toBe(7);
});

test('after the deadline it throws with the last error', async () => {
  const never = (): never => {
    throw new Error('still pending');
  };
  await expect(eventually(never, 50)).rejects.toThrow('did not hold within 300 ms: Error: still pending');
});
