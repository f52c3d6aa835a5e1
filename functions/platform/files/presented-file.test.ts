import { expect, test } from 'vitest';
import type { File } from '#schema/file.ts';
import { newFile } from './file.ts';
import { presentFile, PresentedFile } from './presented-file.ts';

const now = '2026-11-21T12:00:00.000Z';
const pending = newFile(
  { name: 'Welcome', kind: 'greeting', content_type: 'audio/wav', size: 1_000 },
  { id: 'file_1', created_by: 'usr_1', now },
);
const content = { number: 1, content_type: 'audio/wav', size: 1_000, sha256: 'ab' };
const ready: File = { ...pending, content, upload: null, reference_epoch: 3 };

const present = (file: File) => PresentedFile.strict().parse(presentFile(file, 1_001, []));

test('a file that waits shows its upload', () => {
  expect(present(pending)).toMatchObject({ state: 'pending', size: 1_000, sha256: null, replacement: null });
});

test('a rejected file shows why', () => {
  const upload = { ...pending.upload!, state: 'rejected', reason: 'NOT_UPLOADED' } as const;
  expect(present({ ...pending, upload })).toMatchObject({ state: 'rejected', reason: 'NOT_UPLOADED' });
});

test('a ready file shows its content, and beside it what is to replace it', () => {
  expect(present(ready)).toMatchObject({ state: 'ready', reason: null, sha256: 'ab', replacement: null });
  const upload = { ...pending.upload!, number: 2, size: 5, state: 'rejected', reason: 'HASH_MISMATCH' } as const;
  expect(present({ ...ready, upload })).toMatchObject({
    state: 'ready',
    reason: null,
    size: 1_000,
    replacement: { state: 'rejected', reason: 'HASH_MISMATCH', size: 5 },
  });
});

test('what refers to it is shown without its keys', () => {
  const references = [{ type: 'device', id: 'dev_1', resource: 'file_1' }];
  expect(presentFile(ready, 1_001, references).references).toEqual([{ type: 'device', id: 'dev_1' }]);
});
