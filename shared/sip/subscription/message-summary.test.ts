import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { uriOf } from '../values.fixture.ts';
import { noMessages, printMessageSummary } from './message-summary.ts';

const account = uriOf('sip:204@pbx.example.com');

test('a summary has the new and the old messages, the urgent ones in parentheses (RFC 3842 §5.2)', () => {
  expect(printMessageSummary(account, { new: 2, old: 8, urgentNew: 1, urgentOld: 3 })).toBe(
    ['Messages-Waiting: yes', 'Message-Account: sip:204@pbx.example.com', 'Voice-Message: 2/8 (1/3)', ''].join('\r\n'),
  );
});

test('messages that were heard do not wait', () => {
  expect(printMessageSummary(account, { ...noMessages, old: 8 })).toMatch(/^Messages-Waiting: no\r\n/);
});

test('whatever the counts are, they are numbers that a phone can read', () => {
  const number = fc.integer({ min: -5, max: 2 ** 40 });
  fc.assert(
    fc.property(number, number, number, number, (unheard, old, urgentNew, urgentOld) => {
      expect(printMessageSummary(account, { new: unheard, old, urgentNew, urgentOld })).toMatch(
        /\r\nVoice-Message: \d{1,10}\/\d{1,10} \(\d{1,10}\/\d{1,10}\)\r\n$/,
      );
    }),
  );
});
