import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { authentication, isDigest } from './authentication.ts';

const { challenge, credentials } = authentication.user;
const printed = (kind: typeof challenge, text: string): unknown => {
  const value = kind.parse(text);
  return value instanceof Fault ? value.reason : kind.print(value);
};

test('values are printed with quotes, except algorithm, stale and nc', () => {
  expect(printed(challenge, 'Digest realm="a\\"b", nonce=n, stale=TRUE,algorithm=MD5')).toBe(
    'Digest realm="a\\"b", nonce="n", stale=TRUE, algorithm=MD5',
  );
});

test('qop is a quoted list in a challenge and a token in credentials', () => {
  expect([
    printed(challenge, 'Digest qop="auth,auth-int"'),
    printed(credentials, 'Digest response="r", qop=auth'),
  ]).toEqual(['Digest qop="auth,auth-int"', 'Digest response="r", qop=auth']);
});

test.each([
  ['', 'Missing scheme'],
  ['Digest a=1, a=2', 'a: More than one'],
  ['Digest a', 'Malformed parameters'],
  ['Digest a="b', 'Malformed parameters'],
])('%j is a fault', (text, reason) => {
  expect(challenge.parse(text)).toEqual(new Fault(reason));
});

test('the scheme is case-insensitive', () => {
  const schemes = ['digest', 'DIGEST', 'Basic'].map((scheme) => isDigest({ scheme, parameters: new Map() }));
  expect(schemes).toEqual([true, true, false]);
});
