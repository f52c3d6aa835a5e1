import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Email } from './values.ts';

const stored = (given: string): string | undefined => Email.safeParse(given).data;
const faults = (given: string): readonly string[] =>
  (Email.safeParse(given).error?.issues ?? []).map(({ message }) => message);

describe('an address is accepted', () => {
  test.each([
    'sales&support@example.org',
    'a=b@example.org',
    'a/b@example.org',
    '#1@example.org',
    "o'brien@example.org",
    "!#$%&'*+-/=?^_`{|}~@example.org",
    `${'a'.repeat(64)}@example.org`,
    'ann@example.xn--p1ai',
    `ann@${'a'.repeat(63)}.example`,
  ])('as it is: %s', (address) => expect(stored(address)).toBe(address));

  test.each([
    [' Ann@Example.ORG ', 'ann@example.org'],
    ['ann@пример.рф', 'ann@xn--e1afmkfd.xn--p1ai'],
    ['ann@XN--E1AFMKFD.xn--p1ai', 'ann@xn--e1afmkfd.xn--p1ai'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann@bu\u0308cher.example', 'ann@xn--bcher-kva.example'],
    ['ann@faß.example', 'ann@xn--fa-hia.example'],
    ['ann@ｅｘａｍｐｌｅ。com', 'ann@example.com'],
    ['ann@نامه\u200cای.example', 'ann@xn--mgba3gch31f060k.example'],
  ])('in the form of A-labels and lower case: %s', (given, address) => expect(stored(given)).toBe(address));
});

describe('an address is rejected', () => {
  test.each([
    ...['', 'ann', '@', 'ann@', '@example.org', 'a@b@example.org', 'ann@example', 'ann@example.org.'],
    ...['.ann@example.org', 'ann.@example.org', 'a..b@example.org', '"a b"@example.org', 'ann(me)@example.org'],
    ...['ann@[192.0.2.1]', 'ann@192.0.2.1', 'ann@１.２.３.４', 'ann@a..org', 'ann@-a.org', 'ann@a-.org', 'ann@a_b.org'],
    ...['ann@example.org:25', 'ann@example.org/x', 'ann@a%2eb.org', 'ann@a％41.org', 'ann@a?.org', 'ann@℀.example'],
    ...['ann@a\u200bb.org', 'ann@a\u00adb.org', 'ann@a\u200db.org', 'ann@a\u202eb.org', 'ann@a\u3000b.org'],
    ...['ann@example.org\r\nBcc: eve@example.org', 'ann@example.org, eve@example.org', 'Ann <ann@example.org>'],
    ...[`${'a'.repeat(65)}@example.org`, `ann@${'a'.repeat(64)}.org`, `ann@${'ä'.repeat(60)}.org`],
    ...[`ann@${'a.'.repeat(130)}org`, `${' '.repeat(600)}ann@example.org`],
  ])('%j', (given) => expect(faults(given)).toHaveLength(1));

  test.each(['ånn@example.org', '用户@пример.рф', 'fran\u212a@example.org', 'ａnn@example.org'])(
    'with the reason if its local part is not ASCII: %s',
    (given) =>
      expect(faults(given)).toEqual(['must have only ASCII characters before the @: SMTPUTF8 is not supported']),
  );
});

const atext = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-/=?^_`{|}~";
const words = (letters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(letters)), minLength: 1, maxLength });
const localPart = fc.array(words(atext, 12), { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join('.'));
const label = fc.oneof(
  words('abcXYZ019', 20),
  words('бвгджзäöüßñçéλμдж例子テスト', 10),
  fc.constantFrom('xn--p1ai', 'XN--BCHER-KVA', 'a-b', 'ab--c'),
);
const topLabel = fc.constantFrom('org', 'EXAMPLE', 'рф', 'xn--p1ai', 'みんな', 'pharmacy');
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), topLabel)
  .map(([labels, top]) => [...labels, top].join('.'));
const address = fc.tuple(localPart, domain).map((parts) => parts.join('@'));

test('each valid address has one stored form, of ASCII only, which stays what it is', () => {
  fc.assert(
    fc.property(address, (given) => {
      const once = stored(given);
      expect(once).toMatch(/^[\x21-\x7e]{1,64}@[a-z0-9.-]{4,253}$/);
      expect(stored(once ?? '')).toBe(once);
    }),
  );
});

test('an address with a control character or a blank within is rejected', () => {
  const unwanted = fc.constantFrom(
    ...Array.from({ length: 33 }, (_, code) => String.fromCharCode(code)),
    ...['\u007f', '\u0080', '\u0085', '\u009f', '\u00a0', '\u1680', '\u2003', '\u2028', '\u2029', '\u202f', '\u3000'],
    ...['\u200b', '\u200e', '\u202e', '\u2066', '\ufeff', '\ud800'],
  );
  fc.assert(
    fc.property(address, unwanted, fc.nat(), (given, character, place) => {
      const at = 1 + (place % (given.length - 1));
      expect(faults(given.slice(0, at) + character + given.slice(at))).toHaveLength(1);
    }),
  );
});

test('any text is an address whose form is stable, or has one fault', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.tuple(localPart, fc.string({ unit: 'grapheme', maxLength: 30 })).map(([local, rest]) => `${local}@${rest}.org`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const once = stored(given);
      if (once === undefined) expect(faults(given)).toHaveLength(1);
      else expect(stored(once)).toBe(once);
    }),
  );
});
