import { expect, test } from 'vitest';
import {
  acceptUpload,
  deletedDetails,
  rejectUpload,
  unusedRecordings,
  updatedDetails,
  withoutFile,
  type Drop,
} from './voicemail-drop.ts';

const now = '2026-11-20T10:00:00.000Z';
const recording = (number: number) => ({ number, content_type: 'audio/wav', size: 500, duration_seconds: 9 }) as const;
const file = { id: 'file_1', content_type: 'audio/ogg', size: 700 };
const drop = (more: Partial<Drop>): Drop => ({
  ...{ id: 'vmd_1', name: 'Callback', description: null, user_id: null, file: null, content: null, upload: null },
  ...{ uploads: 1, created_at: now, updated_at: now, version: 1 },
  ...more,
});

test('an accepted upload is what the drop plays, in place of a recording or a file', () => {
  const before = drop({ file, content: null, upload: recording(2) });
  expect(acceptUpload(before, true, now)).toMatchObject({
    file: null,
    content: { number: 2 },
    upload: null,
    version: 2,
  });
});

test('an accepted upload says whether calls can play it', () => {
  const before = drop({ upload: recording(1) });
  const isSound = (yes: boolean) => acceptUpload(before, yes, now).content?.is_sound;
  expect([isSound(true), isSound(false)]).toEqual([true, undefined]);
});

test('nothing is left of a drop that plays nothing and waits for nothing', () => {
  expect(rejectUpload(drop({ upload: recording(1) }))).toBeNull();
  expect(rejectUpload(drop({ content: recording(1), upload: recording(2) }))).toMatchObject({ upload: null });
  expect(withoutFile(drop({ file }))).toBeNull();
  expect(withoutFile(drop({ file, upload: recording(1) }))).toMatchObject({ file: null, upload: { number: 1 } });
});

test('recordings that a change or a deletion leaves behind are unused', () => {
  const before = drop({ content: recording(1), upload: recording(2) });
  expect(unusedRecordings(before, before)).toEqual([]);
  expect(updatedDetails(before, acceptUpload(before, true, now)).fields).toEqual({ unused: [1] });
  expect(deletedDetails(before).fields).toEqual({ unused: [1, 2] });
});
