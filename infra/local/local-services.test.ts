import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { reserveMediaPorts } from './local-services.ts';

test('relays beside each other have ports of their own, until they end', async () => {
  const first = randomInt(16_000, 31_998);
  const range = { firsts: [first, first + 1], last: 31_999 };
  const [one, other] = [await reserveMediaPorts(range), await reserveMediaPorts(range)];
  expect([one.ports, other.ports]).toEqual([`${first}-31999`, `${first + 1}-31999`]);
  const third = await reserveMediaPorts(range);
  expect(third.ports).toBe(one.ports);
  await other.close();
  const next = await reserveMediaPorts(range);
  expect(next.ports).toBe(other.ports);
  for (const { close } of [one, third, next]) await close();
});
