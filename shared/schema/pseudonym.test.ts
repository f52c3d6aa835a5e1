import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { conceal, lookupToken, personsIn, reveal, valueKey } from './pseudonym.ts';

const valuePath = { organization: 1001, entry: 'evl_1', path: 'actor.name' };
const keyOf = (byte: number): Buffer => Buffer.alloc(32, byte);
const keys = new Map([
  ['usr_1', keyOf(1)],
  ['usr_2', keyOf(2)],
]);
const keyFor = (persons: readonly string[], of = valuePath): string =>
  valueKey(persons, keys, of) ?? expect.fail('no key');

test('a pseudonym reveals its value by its own key only', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(['usr_1'], ['usr_2', 'usr_1']), (value, persons) => {
      const pseudonym = conceal(value, persons, keys, valuePath);
      expect(personsIn(pseudonym)).toEqual(persons.toSorted());
      expect(reveal(pseudonym, keyFor(persons), valuePath)).toBe(canonicalJson(value));
      for (const other of [
        { ...valuePath, organization: 1002 },
        { ...valuePath, entry: 'evl_2' },
        { ...valuePath, path: 'actor.email' },
      ]) {
        expect(reveal(pseudonym, keyFor(persons), other)).toBeUndefined();
        expect(reveal(pseudonym, keyFor(persons, other), valuePath)).toBeUndefined();
      }
    }),
  );
});

test('a pseudonym has no part of its value in clear', () => {
  const bytes = Buffer.from(conceal('Alice Adams', ['usr_1'], keys, valuePath));
  const [, hidden = ''] = bytes.toString().split('.');
  for (const text of [bytes, Buffer.from(hidden, 'base64url')]) expect(text.includes('Alice')).toBe(false);
});

test('the value of several persons needs the keys of all', () => {
  const pseudonym = conceal('Ann and Bob', ['usr_1', 'usr_2'], keys, valuePath);
  expect(valueKey(personsIn(pseudonym), new Map([['usr_1', keyOf(1)]]), valuePath)).toBeUndefined();
  expect(reveal(pseudonym, keyFor(['usr_1']), valuePath)).toBeUndefined();
});

test('without the key of a person nothing is concealed', () => {
  expect(() => conceal('Alice', ['usr_1', 'usr_3'], keys, valuePath)).toThrow('no key');
  expect(() => conceal('Alice', [], keys, valuePath)).toThrow('no key');
});

test('a changed pseudonym or key reveals nothing, in any of its bits', () => {
  const pseudonym = conceal('Alice', ['usr_1'], keys, valuePath);
  const [person = '', hidden = ''] = pseudonym.split('.');
  const key = keyFor(['usr_1']);
  const flip = (text: string, at: number, bit: number): string => {
    const bytes = Buffer.from(text);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    return bytes.toString();
  };
  fc.assert(
    fc.property(fc.nat(hidden.length - 1), fc.nat(key.length - 1), fc.nat(6), (at, keyAt, bit) => {
      expect(reveal(`${person}.${flip(hidden, at, bit)}`, key, valuePath)).toBeUndefined();
      expect(reveal(pseudonym, flip(key, keyAt, bit), valuePath)).toBeUndefined();
    }),
  );
  for (const short of ['', 'usr_1', 'usr_1.', 'usr_1.AAAA', 'erased'])
    expect(reveal(short, key, valuePath)).toBeUndefined();
});

test('a key has one text: another spelling of its bytes reveals nothing', () => {
  const pseudonym = conceal('Alice', ['usr_1'], keys, valuePath);
  const key = keyFor(['usr_1']);
  const spellings = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    .split('')
    .map((last) => key.slice(0, -1) + last)
    .filter((text) => Buffer.from(text, 'base64url').equals(Buffer.from(key, 'base64url')));
  expect(spellings.length).toBeGreaterThan(1);
  expect(spellings.filter((text) => reveal(pseudonym, text, valuePath) !== undefined)).toEqual([key]);
});

test('the token of a person differs from its keys and from those of others', () => {
  const tokens = [keyOf(1), keyOf(2)].map(lookupToken);
  expect(new Set([...tokens, keyOf(1).toString('base64url')]).size).toBe(3);
});
