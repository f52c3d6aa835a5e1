import { expect, test } from 'vitest';
import { weakness } from './password-rules.ts';

test.each([
  ['twelve characters', 'abcdefghijkl'],
  ['twelve code points outside the basic plane', '\u{1F511}'.repeat(12)],
  ['256 characters', 'a'.repeat(256)],
])('%s make a good password', (_, password) => expect(weakness(password, ['ada', null])).toBeNull());

test.each([
  ['eleven characters', 'abcdefghijk'],
  ['eleven code points of two units each', '\u{1F511}'.repeat(11)],
  ['eleven letters after NFKC', 'e\u0301'.repeat(11)],
  ['257 characters', 'a'.repeat(257)],
  ['the username in another case and width', 'ＬＯＶＥＬＡＣＥ.Ada'],
  ['the e-mail address', 'ada@example.com'],
  ['blanks', ' '.repeat(12)],
  ['invisible characters', '\u200b'.repeat(12)],
  ['eleven characters with invisible ones between', Array.from('abcdefghijk').join('\u200b')],
])('%s make a weak password', (_, password) =>
  expect(weakness(password, ['lovelace.ada', 'Ada@Example.com', null])).not.toBeNull(),
);
