import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

test('no port is given twice before its service listens', async () => {
  const ports: number[] = [];
  for (let each = 0; each < 60; each += 1) ports.push(...(await Promise.all(Array.from({ length: 10 }, freePort))));
  expect(new Set(ports).size).toBe(600);
});
