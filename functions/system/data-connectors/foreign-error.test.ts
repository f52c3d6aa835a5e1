import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answeredError, shownText } from './foreign-error.ts';

const secret = `p<w"d/ä&+%'\\`;

test.for([
  ['as it is', secret],
  ['in a URL', encodeURIComponent(secret)],
  ['in a URL, in lower case', encodeURIComponent(secret).toLowerCase()],
  ['in a form', new URLSearchParams({ v: secret }).toString().slice(2)],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64url', Buffer.from(secret).toString('base64url')],
  ['in hexadecimal digits', Buffer.from(secret).toString('hex')],
  ['in HTML', 'p&lt;w&quot;d/ä&amp;+%&#39;\\'],
] as const)('a secret that is repeated %s is masked', ([, form]) => {
  expect(shownText(`you sent ${form} to us`, [secret])).toBe('you sent ******** to us');
});

test('whatever surrounds a secret, it is not shown', () => {
  const printable = fc.stringMatching(/^[!-~]{8,40}$/);
  fc.assert(
    fc.property(printable, fc.string(), fc.string(), fc.boolean(), (hidden, before, after, isTwice) => {
      const shown = shownText(before + hidden + after + (isTwice ? hidden : ''), [hidden]);
      expect(shown).not.toContain(hidden);
      expect(shown.length).toBeLessThanOrEqual(200);
      expect(shown).not.toMatch(/\p{Cc}|\p{Cf}/u);
      expect(shown.isWellFormed()).toBe(true);
    }),
  );
});

test('next to a secret of few characters nothing is shown', () => {
  expect(answeredError(500, 'the cat sat', ['a'])).toBe('HTTP 500');
});

test('control characters and marks of direction are cut, and 200 characters are shown', () => {
  expect(shownText('a\r\n\u0000b\u202ec', [])).toBe('a b c');
  expect(shownText('x'.repeat(300), [])).toHaveLength(200);
});

test('an error is the status and what the other side says', () => {
  const oauth = { error: 'invalid_client', error_description: 'unknown client' };
  const cases = [
    JSON.stringify(oauth),
    '{"error":"no"}',
    '{"error":{"message":"m"}}',
    '{"message":"m2"}',
    '<p>x</p>',
    '',
  ];
  expect(cases.map((body) => answeredError(400, body, []))).toEqual([
    'HTTP 400: invalid_client: unknown client',
    'HTTP 400: no',
    'HTTP 400: m',
    'HTTP 400: m2',
    'HTTP 400: <p>x</p>',
    'HTTP 400',
  ]);
});
