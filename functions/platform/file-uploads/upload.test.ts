import { expect, test } from 'vitest';
import { newRecordingFile, type File, type FileUpload } from '#schema/file.ts';
import {
  acceptUpload,
  awaits,
  checkOf,
  has,
  isOverdue,
  isRejected,
  rejectionOf,
  rejectUpload,
  soundRejection,
  uploadEvent,
} from './upload.ts';

const now = new Date('2026-11-21T12:00:00.000Z');
const upload: FileUpload = {
  number: 2,
  content_type: 'audio/wav',
  size: 10,
  sha256: 'ab',
  state: 'pending',
  reason: null,
  created_at: now.toISOString(),
};
const content = { number: 1, content_type: 'audio/ogg', size: 5, sha256: 'cd' };
const file: File = {
  id: 'file_1',
  name: 'Welcome',
  kind: 'greeting',
  description: null,
  content,
  upload,
  created_by: null,
  created_at: now.toISOString(),
  updated_at: now.toISOString(),
  version: 3,
};

/** The file with its upload awaited. */
function awaiting() {
  if (!awaits(file, 2)) throw new Error('the upload is awaited');
  return file;
}

test('only the last upload is awaited, until it is settled', () => {
  expect([awaits(file, 2), awaits(file, 1), awaits(undefined, 2)]).toEqual([true, false, false]);
  expect(awaits(rejectUpload(awaiting(), 'HASH_MISMATCH', now), 2)).toBe(false);
  expect(awaits(acceptUpload(awaiting(), { sha256: 'ab', size: 10 }, now), 2)).toBe(false);
});

test('an accepted upload is the content', () => {
  expect(acceptUpload(awaiting(), { sha256: 'ab', size: 10 }, now)).toMatchObject({
    content: { number: 2, content_type: 'audio/wav', size: 10, sha256: 'ab' },
    upload: null,
    version: 4,
  });
});

test('a rejected upload leaves the content as it was', () => {
  const rejected = rejectUpload(awaiting(), 'SIZE_MISMATCH', now);
  expect(rejected).toMatchObject({ content, upload: { state: 'rejected', reason: 'SIZE_MISMATCH' }, version: 4 });
  expect([isRejected(rejected, 2), isRejected(rejected, 1), isRejected(file, 2)]).toEqual([true, false, false]);
});

test('a file has the bytes of its content and of its upload', () => {
  expect([1, 2, 3].map((number) => has(file, number))).toEqual([true, true, false]);
  expect(has(undefined, 1)).toBe(false);
});

test.each([
  [{ size: 10, sha256: 'ab', content: true }, null],
  [{ size: 11, sha256: 'ab', content: false }, 'SIZE_MISMATCH'],
  [{ size: 10, sha256: 'ab', content: false }, 'TYPE_MISMATCH'],
  [{ size: 10, sha256: 'cd', content: true }, 'HASH_MISMATCH'],
])('bytes %j are rejected for %s', (bytes, reason) => {
  expect(rejectionOf(upload, bytes)).toBe(reason);
});

test('any hash is right if none was announced', () => {
  expect(rejectionOf({ ...upload, sha256: null }, { size: 10, sha256: 'cd', content: true })).toBeNull();
});

test('the recording of a call has any length but none, and the length that was read', () => {
  const recording = newRecordingFile('call_1', { users: [], parties: [], direction: null }, now);
  if (!awaits(recording, 1)) throw new Error('the recording is awaited');
  const bytes = { sha256: 'ab', content: true };
  const reasons = [5_000, 45, 44, 0].map((size) => rejectionOf(recording.upload, { ...bytes, size }));
  expect(reasons).toEqual([null, null, 'NO_SOUND', 'SIZE_MISMATCH']);
  expect(acceptUpload(recording, { sha256: 'ab', size: 5_000 }, now).content?.size).toBe(5_000);
});

test('an upload is overdue after a day', () => {
  expect(isOverdue(awaiting(), new Date('2026-11-22T11:59:59.999Z'))).toBe(false);
  expect(isOverdue(awaiting(), new Date('2026-11-22T12:00:00.000Z'))).toBe(true);
});

test('the event says what became of the upload', () => {
  expect(uploadEvent(file, upload, null)).toMatchObject({ type: 'file.ready', fields: { replaced: true } });
  expect(uploadEvent(file, upload, 'TYPE_MISMATCH')).toMatchObject({
    type: 'file.rejected',
    fields: { reason: 'TYPE_MISMATCH', keeps_content: true },
  });
});

test('bytes are checked by the announced content type', () => {
  expect(checkOf(file, upload).add(Buffer.from('no audio at all'))).toBe(false);
  expect(checkOf(file, { ...upload, content_type: 'text/plain' }).add(Buffer.from('no audio at all'))).toBe(true);
});

test('what is uploaded for a mailbox must play, and be as short as by phone; other greetings need not', () => {
  const plays = (seconds: number) => ({ bytes: new Uint8Array(seconds * 8_000) });
  const unreadable = { reason: 'UNREADABLE_SOUND' } as const;
  const of = (use: 'name' | 'busy'): Pick<File, 'kind' | 'greeting'> => ({
    kind: 'greeting',
    greeting: { mailbox: '204', use, awaited: true },
  });
  expect([plays(14), plays(16), unreadable, undefined].map((made) => soundRejection(of('name'), made))).toEqual([
    null,
    'TOO_LONG',
    'UNREADABLE_SOUND',
    'UNREADABLE_SOUND',
  ]);
  expect([plays(119), plays(121)].map((made) => soundRejection(of('busy'), made))).toEqual([null, 'TOO_LONG']);
  expect([plays(121), unreadable, undefined].map((made) => soundRejection({ kind: 'greeting' }, made))).toEqual([
    null,
    null,
    null,
  ]);
  expect(soundRejection({ kind: 'sound' }, unreadable)).toBe('UNREADABLE_SOUND');
});
