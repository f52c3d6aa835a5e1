import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { samplesIn } from './recording.fixture.ts';
import { StereoWindow } from './recording.ts';

test('samples of both channels are at their places, and silence elsewhere', () => {
  const window = new StereoWindow();
  const frames = Buffer.concat([
    ...window.add('left', 1, Int16Array.of(5, 6)),
    ...window.add('right', 3, Int16Array.of(7)),
    ...window.close(),
  ]);
  expect([samplesIn(frames, 0), samplesIn(frames, 1)]).toEqual([
    [0, 5, 6, 0],
    [0, 0, 0, 7],
  ]);
});

test('who speaks at the same time in a channel is heard together, without overflow', () => {
  const window = new StereoWindow();
  const loud = Int16Array.of(30_000, -30_000, 100);
  const frames = Buffer.concat([...window.add('left', 0, loud), ...window.add('left', 0, loud), ...window.close()]);
  expect(samplesIn(frames, 0)).toEqual([32_767, -32_768, 200]);
});

test('whatever comes when, each frame is returned once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50_000, max: 200_000 }), { maxLength: 20 }), (places) => {
      const window = new StereoWindow();
      let length = 0;
      for (const place of places)
        for (const piece of window.add('left', place, new Int16Array(160))) length += piece.length;
      for (const piece of window.close()) length += piece.length;
      expect(length).toBe(window.length * 4);
    }),
  );
});
