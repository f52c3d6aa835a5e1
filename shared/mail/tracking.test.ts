import { expect, test } from 'vitest';
import { configurationSetOf, trackings } from './tracking.ts';

test('each choice of tracking has a configuration set of its own', () => {
  expect(trackings.map((tracking) => configurationSetOf('mail', tracking))).toEqual([
    'mail',
    'mail-clicks',
    'mail-opens',
    'mail-opens-clicks',
  ]);
});
