import { expect, test } from 'vitest';
import { soundOfDrop, soundOfMessage } from './message-sound.ts';

test('the sound of a recording is stored by its id, in the bucket of voicemail', () => {
  expect(soundOfMessage(1_001, 'vm_1')).toEqual({ organization: 1_001, sha256: expect.any(String), message: true });
  const sounds = [soundOfMessage(1_001, 'vm_1'), soundOfMessage(1_001, 'vm_2'), soundOfDrop(1_001, 'vmd_1', 1)];
  sounds.push(soundOfDrop(1_001, 'vmd_1', 2));
  expect(new Set(sounds.map(({ sha256 }) => sha256)).size).toBe(4);
});
