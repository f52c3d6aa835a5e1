import { expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { withinOneMinute } from './within-one-minute.ts';

test('work that passes the end of a minute runs again', async () => {
  let now = 50 * second;
  let runs = 0;
  const work = async (): Promise<number> => {
    now += 15 * second;
    return (runs += 1);
  };
  await expect(withinOneMinute(work, () => now)).resolves.toBe(2);
  await expect(withinOneMinute(work, () => now)).resolves.toBe(3);
});
