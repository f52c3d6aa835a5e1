import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { french } from '../texts/french.ts';
import { german } from '../texts/german.ts';
import { spanish } from '../texts/spanish.ts';
import type { Text } from '../texts/texts.ts';
import { directions, results } from './result.ts';
import { filtersOfTerms, termsOf, textOfTerms, unknownIn } from './call-search.ts';

const ann = { id: 'usr_1', name: 'Ann Smith', extension: '201', numbers: [], isUser: true };
const people = [
  ann,
  { id: 'usr_2', name: 'Bob', extension: '', numbers: [], isUser: true },
  { id: 'ctc_1', name: 'Müller GmbH', extension: '', numbers: ['+4930999'], isUser: false },
];
const filters = (text: string) => filtersOfTerms(termsOf(text, people));

test.each([
  ['', {}],
  ['missed', { disposition: 'NO ANSWER,CANCELLED', direction: 'inbound,internal' }],
  ['Verpasst', { disposition: 'NO ANSWER,CANCELLED', direction: 'inbound,internal' }],
  ['no answer', { disposition: 'NO ANSWER' }],
  ['busy failed', { disposition: 'BUSY,FAILED' }],
  ['missed failed', { disposition: 'NO ANSWER,CANCELLED,FAILED' }],
  ['missed incoming', { disposition: 'NO ANSWER,CANCELLED', direction: 'inbound' }],
  ['incoming outgoing', { direction: 'inbound,outbound' }],
  ['>5 min', { min_talk_seconds: 301 }],
  ['> 5min', { min_talk_seconds: 301 }],
  ['>=90s', { min_talk_seconds: 90 }],
  ['>= 1,5 Std', { min_talk_seconds: 5_400 }],
  ['>8:43', { min_talk_seconds: 524 }],
  ['<=1:00:00', { max_talk_seconds: 3_600, disposition: 'ANSWERED' }],
  ['< 1 min busy', { max_talk_seconds: 59, disposition: 'BUSY' }],
  ['>1 min <5 min', { min_talk_seconds: 61, max_talk_seconds: 299, disposition: 'ANSWERED' }],
  ['cost>1', { min_charge: '1.0001' }],
  ['cost >= 0,5', { min_charge: '0.5' }],
  ['kosten>0.25', { min_charge: '0.2501' }],
  ['coste>0,25', { min_charge: '0.2501' }],
  ['coût>0,25', { min_charge: '0.2501' }],
  ['free', { rating_status: 'free' }],
  ['no price', { rating_status: 'unrated' }],
  ['201', { number: '201' }],
  ['+44 20 7946-0000', { number: '+442079460000' }],
  ['+44 20 7946 0000 missed', { number: '+442079460000', ...filters('missed') }],
  ['030/123-456', { number: '030123456' }],
  ['*43', { number: '*43' }],
  ['from:201 to:+4930123', { caller: '201', callee: '+4930123' }],
  ['ann', { user_id: 'usr_1' }],
  ['Smith, busy', { disposition: 'BUSY' }],
  ['ann smith >5 min', { user_id: 'usr_1', min_talk_seconds: 301 }],
  ['“Ann Smith”', { user_id: 'usr_1' }],
  ['muller', { number: '+4930999' }],
  ['missed bob cost>1', { user_id: 'usr_2', min_charge: '1.0001', ...filters('missed') }],
])('%j finds calls by %j', (text, wanted) => {
  expect(filters(text)).toEqual(wanted);
});

test('what means nothing is named, and the rest is searched for', () => {
  const terms = termsOf('missed Zoe >5 apples', people);
  expect(unknownIn(terms)).toEqual(['Zoe', 'apples']);
  expect(filtersOfTerms(terms)).toMatchObject({ min_talk_seconds: 301 });
});

test('a term is shown by what it means', () => {
  expect(termsOf('ann verpasst > 5 min', people).map(({ label }) => label)).toEqual([
    'Ann Smith (201)',
    'Missed',
    '> 5 min',
  ]);
});

test.each([...Object.values(results), ...Object.values(directions)])('%s is understood in each language', (label) => {
  for (const text of [label, ...[german, spanish, french].map((translation) => translation[label as Text])])
    expect(termsOf(text, people)).toEqual([expect.objectContaining({ label })]);
});

const part = fc.oneof(
  fc.constantFrom(
    'missed',
    'no',
    'answer',
    'ann',
    'smith',
    '>5 min',
    '< 90 s',
    'cost>1',
    'from:201',
    '+44 20',
    '"bob"',
  ),
  fc.string(),
);

test('whatever is typed is split into terms whose texts are what was typed', () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const typed = parts.join(' ');
      const terms = termsOf(typed, people);
      expect(textOfTerms(terms)).toBe(typed.trim().replaceAll(/\s+/g, ' '));
      // What is left after one was taken away is understood as before.
      expect(termsOf(textOfTerms(terms), people)).toEqual(terms);
      expect(() => filtersOfTerms(terms)).not.toThrow();
    }),
  );
});
