import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertNotReserved, DomainName } from './domain-name.ts';

const accepts = (name: string): string | undefined => DomainName.safeParse(name).data;

test('a domain is a host name of two labels or more, in lower case', () => {
  expect(accepts(' Sip.Company-1.Example.COM ')).toBe('sip.company-1.example.com');
  expect(accepts('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
  expect(accepts(`${'a'.repeat(63)}.example`)).toBeDefined();
});

test.each([
  ['one label', 'localhost'],
  ['a trailing dot', 'example.com.'],
  ['an empty label', 'a..example'],
  ['an IPv4 address', '192.0.2.1'],
  ['an address in another form', '0x7f.1'],
  ['an IPv6 address', '::1'],
  ['a label of more than 63 characters', `${'a'.repeat(64)}.example`],
  ['more than 253 characters', `${'a.'.repeat(126)}example`],
  ['a label that begins with a hyphen', '-a.example'],
  ['an underscore', '_sip.example.com'],
  ['a letter beyond ASCII', 'bücher.example'],
  ['a wildcard', '*.example.com'],
  ['a line end inside', 'a.exam\nple.com'],
  ['nothing', ''],
])('%s is no domain', (_, name) => {
  expect(accepts(name)).toBeUndefined();
});

test('an accepted name is accepted unchanged, and is the host of its URL', () => {
  const names = fc.oneof(fc.domain(), fc.stringMatching(/^[a-z0-9.-]{1,30}$/));
  fc.assert(
    fc.property(names, (name) => {
      const accepted = accepts(name);
      fc.pre(accepted !== undefined);
      expect([accepts(accepted), new URL(`http://${accepted}`).hostname]).toEqual([accepted, accepted]);
    }),
  );
});

test("the platform's domains and those below them are the operator's", () => {
  const rejects = (host: string, isOperator: boolean): boolean => {
    try {
      assertNotReserved(host, ['sip.example.com'], isOperator);
      return false;
    } catch {
      return true;
    }
  };
  expect(['sip.example.com', 'a.sip.example.com'].map((host) => rejects(host, false))).toEqual([true, true]);
  expect(['example.com', 'notsip.example.com'].map((host) => rejects(host, false))).toEqual([false, false]);
  expect(rejects('sip.example.com', true)).toBe(false);
});
