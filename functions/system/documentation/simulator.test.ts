import { expect, test } from 'vitest';
import { simulatorBody } from './simulator.ts';

const html = simulatorBody('Trunkline');
const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);

test('every id is used once', () => {
  expect(ids.length).toBeGreaterThan(30);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every label, description and title refers to an element of the page', () => {
  const references = [...html.matchAll(/\b(?:for|aria-describedby|aria-labelledby|list)="([^"]+)"/g)];
  const missing = references.flatMap(([, names = '']) => names.split(' ')).filter((name) => !ids.includes(name));
  expect(references.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test('the token is typed into a password field, and no field is completed by the browser', () => {
  expect(html).toMatch(/<input type="password" id="token"/);
  expect(
    html
      .match(/<(input type="(?!radio|checkbox)|textarea)[^>]*>/g)
      ?.filter((tag) => !tag.includes('autocomplete="off"')),
  ).toEqual([]);
});
