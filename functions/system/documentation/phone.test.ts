import { expect, test } from 'vitest';
import { phoneBody } from './phone.ts';

const html = phoneBody('Trunkline');
const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);

test('every id is used once, and every label and description refers to an element', () => {
  expect(new Set(ids).size).toBe(ids.length);
  const references = [...html.matchAll(/\b(?:for|aria-describedby|aria-labelledby)="([^"]+)"/g)];
  const missing = references.flatMap(([, names = '']) => names.split(' ')).filter((name) => !ids.includes(name));
  expect(references.length).toBeGreaterThan(8);
  expect(missing).toEqual([]);
});

test('the keypad has the twelve keys of a telephone, with names', () => {
  const keys = [...html.matchAll(/<button type="button" value="(.)" aria-label="([^"]+)">/g)];
  expect(keys.map(([, key]) => key).join('')).toBe('123456789*0#');
  expect(keys.map(([, , name]) => name).slice(-3)).toEqual(['star', '0', 'hash']);
});
