import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindRequest, NotLdap, readMessage, rootSearch, unbindRequest } from './ldap-message.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('a bind has version, name and password (RFC 4511 §4.2)', () => {
  expect(hex(bindRequest(1, 'cn=a', 'pw'))).toBe('3012' + '020101' + '600d' + '020103' + '0404636e3d61' + '80027077');
  const long = bindRequest(1, 'a'.repeat(300), 'pw');
  expect([hex(long.subarray(0, 4)), long.length]).toEqual(['3082013e', 0x13e + 4]);
});

test('the search of the root DSE asks for the empty name alone (RFC 4512 §5.1)', () => {
  const [filter, attribute] = ['objectClass', 'supportedLDAPVersion'].map((name) => hex(Buffer.from(name)));
  const wanted = `0400 0a0100 0a0100 020101 02010a 010100 870b${filter} 3016 0414${attribute}`;
  expect(hex(rootSearch(2))).toBe(`303b 020102 6336 ${wanted}`.replaceAll(' ', ''));
  expect(hex(unbindRequest(3))).toBe('30050201034200');
});

const bound = bytes('300c 020101 6107 0a0100 0400 0400');
const denied = bytes('3011 020101 610c 0a0131 0400 0405 7072 6f62 65');
const entry = bytes('3029 020102 6424 0400 3020 301e 040e 6e616d696e67436f6e7465787473 310c 040a 64633d6578616d706c65');
const done = bytes('300c 020102 6507 0a0100 0400 0400');

describe('what a directory sends', () => {
  test('is read message by message', () => {
    const first = readMessage(Buffer.concat([bound, entry, done]));
    const second = readMessage(first?.rest ?? Buffer.alloc(0));
    const third = readMessage(second?.rest ?? Buffer.alloc(0));
    expect([first, second, third].map((read) => read?.message)).toEqual([
      { id: 1, kind: 'bind', result: { code: 0, text: '' } },
      { id: 2, kind: 'entry', result: undefined },
      { id: 2, kind: 'done', result: { code: 0, text: '' } },
    ]);
    expect(third?.rest).toHaveLength(0);
  });

  test('has the text of an error', () => {
    expect(readMessage(denied)?.message.result).toEqual({ code: 49, text: 'probe' });
  });

  test('waits for the rest of a message', () => {
    for (let length = 0; length < entry.length; length += 1)
      expect(readMessage(entry.subarray(0, length))).toBeUndefined();
  });

  test.for([
    ['HTTP', Buffer.from('HTTP/1.1 200 OK')],
    ['a length without end', bytes('3080 020101')],
    ['a length of five octets', bytes('3085 0000000001 00')],
    ['an element that ends after its message', bytes('3007 020101 617f 0a01')],
    ['controls that end after their message', bytes('300a 020102 6402 0400 a00500')],
    ['an operation that was not asked for', bytes('3005 020101 4200')],
    ['a result without text', bytes('3008 020101 6103 0a0100')],
    ['an id of no number', bytes('300c 040101 6107 0a0100 0400 0400')],
  ] as const)('is not %s', ([, given]) => {
    expect(() => readMessage(given)).toThrow(NotLdap);
  });

  test('whatever it is, is a message, incomplete, or no LDAP, and the rest is shorter', () => {
    const mutated = fc
      .tuple(fc.constantFrom(bound, denied, entry, done), fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }))
      .map(([message, changes]) => {
        const copy = Buffer.from(message);
        for (const [place, value] of changes) if (place < copy.length) copy[place] = value;
        return copy;
      });
    const anything = fc.uint8Array({ maxLength: 100 }).map((each) => Buffer.from(each));
    fc.assert(
      fc.property(fc.oneof(mutated, anything), (given) => {
        try {
          const read = readMessage(given);
          expect(read === undefined || read.rest.length < given.length).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(NotLdap);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
