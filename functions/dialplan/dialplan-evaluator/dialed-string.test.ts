import { expect, test } from 'vitest';
import { DialedString } from './dialed-string.ts';

const isAccepted = (text: string): boolean => DialedString.safeParse(text).success;

test.each(['1', '*97', '#31#+14155550100', 'alice.smith_2@sip-1.example.com', '5'.repeat(64)])(
  '%s can be dialed',
  (text) => {
    expect(isAccepted(text)).toBe(true);
  },
);

test.each(['', ' ', '1 2', '1,2', 'sip:alice', 'ü', '1\n2', '5'.repeat(65)])('%j cannot be dialed', (text) => {
  expect(isAccepted(text)).toBe(false);
});

test('spaces around a dialed string are removed', () => {
  expect(DialedString.parse(' 911 ')).toBe('911');
});
