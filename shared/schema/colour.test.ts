import { expect, test } from 'vitest';
import { contrast, lighten, mix } from './colour.ts';

test('the contrast of two colours is that of WCAG 2.2, in either order', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#ffffff', '#000000')).toBe(21);
  expect(contrast('#1971c2', '#1971c2')).toBe(1);
  // The lightest grey that is still readable on white.
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('a colour is made lighter no further than its contrast needs', () => {
  expect(lighten('#74c0fc', '#242424', 4.5)).toBe('#74c0fc');
  const lighter = lighten('#1971c2', '#242424', 4.5);
  expect(contrast(lighter, '#242424')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(lighter, '#242424')).toBeLessThan(5.5);
  expect(lighten('#000000', '#242424', 21)).toBe('#ffffff');
});

test('a colour mixed with another is between them', () => {
  expect(mix('#112233', '#ffffff', 0)).toBe('#112233');
  expect(mix('#000000', '#ff8000', 0.5)).toBe('#804000');
  expect(mix('#112233', '#ffffff', 1)).toBe('#ffffff');
});
