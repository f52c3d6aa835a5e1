import { expect, test } from 'vitest';
import { uploadOf } from './recording-steps.ts';

test('a due pointer names the upload of a drop by its number', () => {
  expect(uploadOf(1_001, 'vmd_1/2')).toEqual({ organization: 1_001, id: 'vmd_1', version: 2 });
});
