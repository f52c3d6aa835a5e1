import { expect, test } from 'vitest';
import { assertVerified, recordNames, verificationRecord } from './verification.ts';

const expected = verificationRecord('x');
const judge = (records: readonly string[], isComplete = true): unknown => {
  try {
    assertVerified('a.example', expected, { records, isComplete });
    return 'verified';
  } catch (error) {
    return error;
  }
};

test('the record verifies, whatever else the DNS has or does not answer', () => {
  expect([judge([expected]), judge(['v=spf1 -all', expected], false)]).toEqual(['verified', 'verified']);
  expect(expected).toBe('voiceplatform-verify=x');
  expect(recordNames('a.example')).toEqual(['a.example', '_voiceplatform.a.example']);
});

test('without it the error names it and what was found', () => {
  expect(judge(['v=spf1 -all', `${expected} `])).toMatchObject({
    code: 'DOMAIN_NOT_VERIFIED',
    details: [
      { path: 'expected', message: expected },
      { path: 'found', message: 'v=spf1 -all' },
      { path: 'found', message: `${expected} ` },
    ],
  });
});

test('an incomplete answer without it is no proof of its absence', () => {
  expect(judge(['other'], false)).toMatchObject({ code: 'DNS_UNAVAILABLE', retryAfter: 30 });
});

test('an error shows ten records of 255 characters, and no control characters', () => {
  const { details } = judge(Array.from({ length: 500 }, () => `\r\n\u202e${'a'.repeat(4_000)}`)) as {
    details: { message: string }[];
  };
  expect(details).toHaveLength(11);
  expect(details[1]?.message).toBe(`\ufffd\ufffd\ufffd${'a'.repeat(252)}`);
});
