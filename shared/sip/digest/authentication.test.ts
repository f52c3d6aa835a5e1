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
  ['Digest a', 'Malformed parameters'],
  ['Digest a="b', 'Malformed parameters'],
])('%j is a fault', (text, reason) => {
  expect(challenge.parse(text)).toEqual(new Fault(reason));
});

test('of other schemes only the name is read, whatever follows it', () => {
  const schemes = [
    'Bearer realm="a", authz_server="https://idp.example.com/"',
    'Basic realm="a"',
    'Negotiate',
    'Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gJDAi==',
  ].map((text) => challenge.parse(text));
  expect(schemes).toEqual(
    ['Bearer', 'Basic', 'Negotiate', 'Negotiate'].map((scheme) => ({ scheme, parameters: new Map() })),
  );
});

test('a parameter that is repeated counts once, and one with several values is absent', () => {
  expect([
    printed(challenge, 'Digest realm="a", realm="a", nonce="n"'),
    printed(challenge, 'Digest realm="a", realm="b", nonce="n", realm="a"'),
  ]).toEqual(['Digest realm="a", nonce="n"', 'Digest nonce="n"']);
});

test('the scheme is case-insensitive', () => {
  const schemes = ['digest', 'DIGEST', 'Basic'].map((scheme) => isDigest({ scheme }));
  expect(schemes).toEqual([true, true, false]);
});
