import { expect, test } from 'vitest';
import { shapeOf } from './shapes.ts';

test.each([
  ['T31P', 'phone', 'desk'],
  ['T58W', 'phone', 'large screen'],
  ['W70B', 'phone', 'cordless'],
  ['CP965', 'phone', 'conference'],
  ['Snom D713', 'phone', 'desk'],
  ['Snom D865', 'phone', 'large screen'],
  ['Snom M500', 'phone', 'cordless'],
  ['GRP2602P', 'phone', 'desk'],
  ['GXP2170', 'phone', 'large screen'],
  ['DP752', 'phone', 'cordless'],
  ['HT812', 'phone', 'adapter'],
  ['VVX 150', 'phone', 'desk'],
  ['VVX 450', 'phone', 'large screen'],
  ['SoundStation IP 6000', 'phone', 'conference'],
  ['SPA504G', 'phone', 'desk'],
  ['SPA112', 'phone', 'adapter'],
  [null, 'ata', 'adapter'],
  ['T58W', 'softphone', 'program'],
  ['Something else', 'phone', 'desk'],
  [null, 'phone', 'desk'],
])('%s of kind %s looks like: %s', (model, kind, shape) => {
  expect(shapeOf(model, kind)).toBe(shape);
});
