import { expect, test } from 'vitest';
import { attributeKind, isForbiddenElement, isHarmlessPragma, safeAddress, takesValues } from './html-rules.ts';

test('attributes are text, addresses, fixed or forbidden', () => {
  expect(
    ['title', 'href', 'style', 'onclick', 'data-a', 'data-', 'x-new', 'http-equiv', 'srcdoc'].map(attributeKind),
  ).toEqual(['plain', 'url', 'fixed', 'forbidden', 'plain', 'fixed', 'fixed', 'pragma', 'forbidden']);
});

test('elements that run scripts or change how HTML is read are forbidden', () => {
  expect(['script', 'svg', 'select', 'p', 'table'].map(isForbiddenElement)).toEqual([true, true, true, false, false]);
});

test('a style sheet takes no values, a title does', () => {
  expect(['style', 'title'].map(takesValues)).toEqual([false, true]);
});

test('a page is not loaded by a pragma', () => {
  expect(['Content-Type', 'refresh', 'set-cookie'].map(isHarmlessPragma)).toEqual([true, false, false]);
});

test('an address begins with an allowed scheme', () => {
  expect(['https://a', '\n tel:1', '#top', 'ftp://a', 'a/b', 'https&colon;//a'].map(safeAddress)).toEqual([
    'https://a',
    '\n tel:1',
    '#top',
    '#',
    '#',
    '#',
  ]);
});
