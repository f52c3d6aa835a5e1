import { describe, expect, test } from 'vitest';
import type { ReadyFile } from '#dynamodb/rows/file.ts';
import { acceptUpload, rejectUpload } from '#schema/voicemail-drop.ts';
import { newDrop, NewVoicemailDrop, presentDrop, recordingName, replaceDrop } from './voicemail-drop.ts';

const [now, later] = ['2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z'];
const recording = { content_type: 'audio/wav', size: 500, duration_seconds: 9 } as const;
const uploaded = NewVoicemailDrop.parse({ name: 'Callback', ...recording });
const played = NewVoicemailDrop.parse({ name: 'Callback', file_id: 'file_1' });
const content = { number: 1, content_type: 'audio/ogg', size: 700, sha256: '' };
const file: ReadyFile = {
  ...{ id: 'file_1', name: 'Callback', kind: 'voicemail_drop', description: null, upload: null, created_by: null },
  ...{ created_at: now, updated_at: now, version: 1 },
  content,
};
const stamp = { id: 'vmd_1', now };
const pending = newDrop(uploaded, undefined, stamp);
const ready = acceptUpload(pending, true, later);

describe('a new drop', () => {
  test('waits for the upload that it announces', () => {
    expect(presentDrop(pending, 1_001)).toMatchObject({ status: 'pending', ...recording, file_id: null });
  });

  test('plays a file at once', () => {
    const drop = newDrop(played, file, stamp);
    expect(presentDrop(drop, 1_001)).toMatchObject({
      ...{ status: 'ready', file_id: 'file_1', duration_seconds: null, size: 700, content_type: 'audio/ogg' },
    });
  });

  test('names what it lacks', () => {
    const body = NewVoicemailDrop.parse({ name: 'Callback', size: 500 });
    expect(() => newDrop(body, undefined, stamp)).toThrow(
      expect.objectContaining({
        code: 'MISSING_FIELD',
        details: [
          { path: 'content_type', message: 'is required' },
          { path: 'duration_seconds', message: 'is required' },
        ],
      }),
    );
  });

  test.each([
    ['file_id', played, undefined],
    ['file_id', played, { ...file, kind: 'greeting' as const }],
    ['size', { ...played, size: 500 }, file],
  ])('has a wrong %s', (path, body, found) => {
    expect(() => newDrop(body, found, stamp)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path })] }),
    );
  });
});

describe('a drop that is replaced', () => {
  test('plays what it has until the new recording is accepted', () => {
    const replaced = replaceDrop(ready, { ...uploaded, size: 600 }, undefined, later);
    expect(presentDrop(replaced, 1_001)).toMatchObject({ status: 'ready', size: 500 });
    expect(presentDrop(acceptUpload(replaced, false, later), 1_001)).toMatchObject({ status: 'ready', size: 600 });
    expect(rejectUpload(replaced)).toMatchObject({ content: { number: 1 }, upload: null });
  });

  test('plays a file at once, and has no recording', () => {
    const replaced = replaceDrop(ready, played, file, later);
    expect(presentDrop(replaced, 1_001)).toMatchObject({ status: 'ready', file_id: 'file_1' });
    expect(replaced.content).toBeNull();
  });

  test('never uses the number of an upload again', () => {
    const replaced = replaceDrop(replaceDrop(pending, uploaded, undefined, later), uploaded, undefined, later);
    expect(replaced.upload?.number).toBe(3);
  });
});

test('what a drop plays is saved under its name, with the ending of its type', () => {
  expect(recordingName({ name: 'Callback' }, { content_type: 'audio/ogg' })).toBe('Callback.ogg');
});
