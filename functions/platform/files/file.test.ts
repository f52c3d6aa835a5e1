import { expect, test } from 'vitest';
import { newRecordingFile, type File } from '#schema/file.ts';
import { assertUnused, assertUploadable, downloadName, newFile, NewFile, replaceFile } from './file.ts';

const now = '2026-11-21T12:00:00.000Z';
const body: NewFile = { name: 'Welcome', kind: 'greeting', content_type: 'audio/wav', size: 1_000 };
const created = newFile(body, { id: 'file_1', created_by: 'usr_1', now });
const ready: File = {
  ...created,
  content: { number: 1, content_type: 'audio/wav', size: 1_000, sha256: 'ab' },
  upload: null,
  version: 2,
};

test('a new file waits for its first upload', () => {
  expect(created).toMatchObject({
    content: null,
    upload: { number: 1, size: 1_000, sha256: null, state: 'pending', created_at: now },
    version: 1,
  });
});

test('only the platform makes recordings', () => {
  const recording = { ...body, kind: 'recording' } as const;
  expect(() => newFile(recording, { id: 'file_1', created_by: 'usr_1', now })).toThrow('makes recordings of calls');
});

test('a name has no marks that change how it is read', () => {
  const isAccepted = (name: string): boolean => NewFile.safeParse({ ...body, name }).success;
  for (const mark of ['\u202e', '\u2066', '\u200b', '\u200f', '\ufeff', '\u2028', '\u00ad'])
    expect(isAccepted(`invoice${mark}gpj.exe`)).toBe(false);
  for (const name of [
    '\u05e9\u05dc\u05d5\u05dd',
    '\u0646\u0627\u0645\u0647\u200c\u0647\u0627',
    '\u{1f469}\u200d\u{1f4bb}',
    'Welcome \u2013 1',
  ])
    expect(isAccepted(name)).toBe(true);
});

test('the recording of a call is not replaced', () => {
  const recording = newRecordingFile('call_1', { users: [], parties: [], direction: null }, new Date(now));
  expect(() => replaceFile(recording, { ...body, kind: 'recording' }, now)).toThrow('cannot be replaced');
});

test('a file that is replaced keeps its content, and awaits an upload with a number of its own', () => {
  const later = '2026-11-22T12:00:00.000Z';
  const replaced = replaceFile(ready, { ...body, name: 'Hello', size: 5 }, later);
  expect(replaced).toMatchObject({
    name: 'Hello',
    content: ready.content,
    upload: { number: 2, size: 5 },
    updated_at: later,
    version: 3,
  });
  expect(replaceFile(replaced, body, later).upload?.number).toBe(3);
});

test('optional fields that a replacement leaves out are cleared', () => {
  expect(replaceFile({ ...ready, description: 'old' }, body, now).description).toBeNull();
});

test('the token of an upload may limit size and content type', () => {
  const rejects = (limits: Parameters<typeof assertUploadable>[1], code: string) =>
    expect(() => assertUploadable(body, limits)).toThrow(expect.objectContaining({ code }));
  for (const limits of [undefined, {}, { max_file_size: 1_000 }, { allowed_types: ['image/png', 'audio/*'] }])
    expect(() => assertUploadable(body, limits)).not.toThrow();
  rejects({ max_file_size: 999 }, 'FILE_TOO_LARGE');
  rejects({ allowed_types: ['audio/mpeg', 'image/*'] }, 'VALIDATION_FAILED');
  rejects({ allowed_types: ['aud/*'] }, 'VALIDATION_FAILED');
});

test('the kind of a file does not change', () => {
  expect(() => replaceFile(ready, { ...body, kind: 'sound' }, now)).toThrow('must be greeting');
});

test.each<[string, Partial<NewFile>, string]>([
  ['content type of another kind', { content_type: 'image/png' }, 'must be one of audio/wav, audio/mpeg, audio/ogg'],
  ['size above 50 MB', { size: 52_428_801 }, 'at most 52428800 bytes'],
  [
    'template above 256 KB',
    { kind: 'provisioning_template', content_type: 'text/plain', size: 262_145 },
    'at most 262144 bytes',
  ],
])('a %s is rejected', (_case, more, message) => {
  expect(() => newFile({ ...body, ...more }, { id: 'file_1', created_by: 'usr_1', now })).toThrow(message);
  expect(() => replaceFile({ ...ready, kind: more.kind ?? 'greeting' }, { ...body, ...more }, now)).toThrow(message);
});

test('a file has up to 50 MB', () => {
  expect(newFile({ ...body, size: 52_428_800 }, { id: 'file_1', created_by: 'usr_1', now }).upload?.size).toBe(
    52_428_800,
  );
});

test.each([
  { size: 0 },
  { size: 1.5 },
  { size: -1 },
  { sha256: 'ab' },
  { kind: 'film' },
  { content_type: 'text/html' },
  { name: '' },
])('a body with %j is invalid', (more) => {
  expect(NewFile.safeParse({ ...body, ...more }).success).toBe(false);
});

test('a hash is compared in lower case', () => {
  expect(NewFile.parse({ ...body, sha256: 'AB'.repeat(32) }).sha256).toBe('ab'.repeat(32));
});

test('what uses a file is named', () => {
  expect(() => assertUnused([])).not.toThrow();
  expect(() => assertUnused([{ type: 'device', id: 'dev_1' }])).toThrow(
    expect.objectContaining({
      code: 'FILE_IN_USE',
      details: [{ path: 'device/dev_1', message: 'device dev_1 uses the file' }],
    }),
  );
});

test.each([
  ['Welcome', 'audio/wav', 'Welcome.wav'],
  ['welcome.WAV', 'audio/wav', 'welcome.WAV'],
  ['v1.0', 'audio/mpeg', 'v1.0.mp3'],
  ['x', 'application/unknown', 'x'],
])('%s of type %s is saved as %s', (name, content_type, expected) => {
  expect(downloadName({ name, content_type })).toBe(expected);
});
