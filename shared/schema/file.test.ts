import { describe, expect, test } from 'vitest';
import { countedSize, fileState, purgesAfter, type FileContent, type FileUpload } from './file.ts';

const content: FileContent = { number: 1, content_type: 'audio/wav', size: 10, sha256: 'ab' };
const upload: FileUpload = {
  ...content,
  number: 2,
  state: 'pending',
  reason: null,
  created_at: '2026-11-21T12:00:00.000Z',
};

test('a file has the state of its upload until it has content', () => {
  expect(fileState({ content: null, upload })).toBe('pending');
  expect(fileState({ content: null, upload: { ...upload, state: 'rejected' } })).toBe('rejected');
  expect(fileState({ content, upload: null })).toBe('ready');
});

test('a file that is replaced stays ready, whatever becomes of the upload', () => {
  expect(fileState({ content, upload })).toBe('ready');
  expect(fileState({ content, upload: { ...upload, state: 'rejected' } })).toBe('ready');
});

test('content counts for the limit, and what may still come', () => {
  expect(countedSize({ content, upload })).toBe(20);
  expect(countedSize({ content: null, upload: { ...upload, state: 'rejected' } })).toBe(0);
});

describe('bytes are deleted', () => {
  const now = new Date('2026-11-21T12:00:00.000Z');
  const [soon, later] = [new Date('2026-11-21T13:00:00.000Z'), new Date('2026-11-28T12:00:00.000Z')];

  test('a week after their file', () => {
    expect(purgesAfter({ content, upload }, undefined, now)).toEqual([
      { number: 1, at: later },
      { number: 2, at: soon },
    ]);
  });

  test('a week after other content has replaced them', () => {
    const after = { content: { ...content, number: 2 }, upload: null };
    expect(purgesAfter({ content, upload }, after, now)).toEqual([{ number: 1, at: later }]);
  });

  test('an hour after another upload was requested in their place', () => {
    const after = { content, upload: { ...upload, number: 3 } };
    expect(purgesAfter({ content, upload }, after, now)).toEqual([{ number: 2, at: soon }]);
  });
});
