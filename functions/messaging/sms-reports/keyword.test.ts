import { expect, test } from 'vitest';
import { firstWord, keywordOf } from './keyword.ts';

test.each([
  ['STOP', 'out'],
  ['stop', 'out'],
  ['  Stop! please', 'out'],
  ['"STOP"', 'out'],
  ['Arrêt', 'out'],
  ['STOPP', 'out'],
  ['Unsubscribe me', 'out'],
  ['cancel', 'out'],
  ['start', 'in'],
  ['UNSTOP', 'in'],
  ['OptIn', 'in'],
  ['help', 'help'],
  ['Info?', 'help'],
  ['Please stop', null],
  ['STOP2END', null],
  ['nonstop', null],
  ['', null],
  ['!?', null],
  ['👍 stop', 'out'],
] as const)('%j asks for %s', (text, keyword) => {
  expect(keywordOf(text)).toBe(keyword);
});

test('the first word is in capitals, without accents and punctuation', () => {
  expect(firstWord(' -Arrêt, merci')).toBe('ARRET');
});
