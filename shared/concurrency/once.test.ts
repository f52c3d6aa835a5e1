import { expect, test } from 'vitest';
import { once } from './once.ts';

test('parallel and later calls share one run', async () => {
  let runs = 0;
  const start = once(async () => {
    runs += 1;
  });
  await Promise.all([start(), start()]);
  await start();
  expect(runs).toBe(1);
});

test('a failed run reaches its callers and is tried again by the next call', async () => {
  let runs = 0;
  const start = once(async () => {
    runs += 1;
    if (runs === 1) throw new Error('unavailable');
  });
  await expect(Promise.allSettled([start(), start()])).resolves.toEqual([
    expect.objectContaining({ status: 'rejected' }),
    expect.objectContaining({ status: 'rejected' }),
  ]);
  await start();
  await start();
  expect(runs).toBe(2);
});
