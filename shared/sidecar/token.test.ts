import { expect, test } from 'vitest';
import { controlKey, controlToken, isControlToken } from './token.ts';

const key = new TextEncoder().encode('k'.repeat(64));
const now = new Date('2026-11-20T10:00:00.000Z');
const asked = { task: 'task-1', body: '{"kind":"notify"}', now };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

test('a token is valid for its task and its command', async () => {
  expect(await isControlToken(key, await controlToken(key, asked), asked)).toBe(true);
});

test('a token is invalid for another task, another command, another key, and after 30 s and the skew', async () => {
  const token = await controlToken(key, asked);
  const verdicts = [
    isControlToken(key, token, { ...asked, task: 'task-2' }),
    isControlToken(key, token, { ...asked, body: '{}' }),
    isControlToken(new TextEncoder().encode('x'.repeat(64)), token, asked),
    isControlToken(key, token, { ...asked, now: later(36) }),
    isControlToken(key, 'x.y.z', asked),
  ];
  expect(await Promise.all(verdicts)).toEqual([false, false, false, false, false]);
});

test('the key is cached for five minutes, and a failed read is not cached', async () => {
  let reads = 0;
  let time = now;
  const key = controlKey(
    {
      read: async () => {
        reads += 1;
        if (reads === 1) throw new Error('away');
        return JSON.stringify({ key: 'k'.repeat(64) });
      },
      putOnce: async () => '',
    },
    () => time,
  );
  await expect(key()).rejects.toThrow('away');
  await Promise.all([key(), key()]);
  expect(reads).toBe(2);
  time = later(301);
  await key();
  expect(reads).toBe(3);
});
