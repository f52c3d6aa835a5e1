import { expect, test } from 'vitest';
import type { File } from '#schema/file.ts';
import { isToBeUsed, isUploadOf, newGreeting, presentGreeting, replaceGreeting } from './greeting.ts';

const now = '2026-11-20T10:00:00.000Z';
const place = { mailbox: '204', use: 'busy' } as const;
const wanted = { content_type: 'audio/wav', size: 1_000 } as const;
const first = newGreeting('file_1', place, wanted, now);
const content = {
  ...{ number: 1, content_type: 'audio/wav', size: 1_000, sha256: '' },
  sound: { sha256: '', milliseconds: 1_500 },
};
const accepted: File = { ...first, content, upload: null };

test('the file of a mailbox is of no user, and awaits what was announced', () => {
  expect(first).toMatchObject({
    kind: 'greeting',
    created_by: null,
    content: null,
    upload: { number: 1, size: 1_000, content_type: 'audio/wav', state: 'pending' },
  });
  expect(isUploadOf(first, place)).toBe(true);
  expect([isUploadOf(first, { ...place, use: 'name' }), isUploadOf(undefined, place)]).toEqual([false, false]);
});

test('another upload has a number of its own, and callers hear the content until it is accepted', () => {
  const after = replaceGreeting(accepted, place, wanted, now);
  expect(after).toMatchObject({ content, upload: { number: 2 }, version: 2 });
  expect(replaceGreeting(after, place, wanted, now).upload?.number).toBe(3);
});

test('a mailbox uses what was accepted, once', () => {
  expect(isToBeUsed(accepted)).toBe(true);
  const used: File = { ...accepted, greeting: { ...place, awaited: false } };
  const others = [first, used, replaceGreeting(accepted, place, wanted, now), undefined];
  expect(others.map(isToBeUsed)).toEqual([false, false, false, false]);
});

test('what is heard, and the state of the last upload, are answered', () => {
  expect(presentGreeting({ place, used: undefined, uploaded: undefined })).toEqual({
    ...place,
    file_id: null,
    content_type: null,
    size: null,
    duration_seconds: null,
    upload: null,
  });
  expect(presentGreeting({ place, used: { id: 'file_1', content }, uploaded: first })).toMatchObject({
    file_id: 'file_1',
    duration_seconds: 1.5,
    upload: { state: 'pending', reason: null },
  });
  const stateOf = (uploaded: File) => presentGreeting({ place, used: undefined, uploaded }).upload;
  expect(stateOf(accepted)).toEqual({ state: 'pending', reason: null });
  expect(stateOf({ ...accepted, greeting: { ...place, awaited: false } })).toBeNull();
});
