import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyUrls, hostOf, portOf, publicUrls, readDirectoryUrl, readUrl } from './url-rules.ts';

const read = (text: string): string => {
  const url = readUrl(text, publicUrls);
  return typeof url === 'string' ? `rejected: ${url}` : url.href;
};

test.each([
  ['https://example.com', 'https://example.com/'],
  ['https://example.com/', 'https://example.com/'],
  ['https://example.com/a/%2e%2e/b?c=d&e=%00', 'https://example.com/b?c=d&e=%00'],
  ['https://example.com?a', 'https://example.com/?a'],
  ['https://example.com:443/a@b', 'https://example.com/a@b'],
  ['https://example.com:8443/', 'https://example.com:8443/'],
  ['HTTPS://EXAMPLE.com/A', 'https://example.com/A'],
  ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
  ['https://0x7f.1/', 'https://127.0.0.1/'],
])('%s is read as %s', (text, href) => {
  expect(read(text)).toBe(href);
});

const form = 'must be a URL such as https://example.com/events';
const protocol = 'must use https';
const port = 'must use port 443 or 8443';
const user = 'must not have a user name or password';
const fragment = 'must not have a fragment';

test.each([
  ['', form],
  ['example.com', form],
  ['//example.com/', form],
  ['https:example.com/', form],
  ['https:/example.com/', form],
  ['https:///example.com/', form],
  ['https:\\\\example.com/', form],
  ['https://example.com\\@127.0.0.1/', form],
  [' https://example.com/', form],
  ['https://example.com/ ', form],
  ['https://exam\tple.com/', form],
  ['https://example.com/\n', form],
  ['https://example.com/\u0000', form],
  ['https://example.com/\u0085', form],
  ['ht\ntps://example.com/', form],
  ['https://exam ple.com/', form],
  ['https://example.com:99999/', form],
  ['https://[::1', form],
  ['https://[fe80::1%25eth0]/', form],
  ['https://1.2.3.4.5/', form],
  ['https://?/', form],
  ['http://example.com/', protocol],
  ['ftp://example.com/', protocol],
  ['file://example.com/etc/passwd', protocol],
  ['gopher://example.com:443/', protocol],
  ['javascript://example.com/%0aalert(1)', protocol],
  ['https://example.com:22/', port],
  ['https://example.com:80/', port],
  ['https://example.com:0/', port],
  ['https://ann@example.com/', user],
  ['https://ann:secret@example.com/', user],
  ['https://@example.com/', user],
  ['https://:@example.com/', user],
  ['https://example.com/#a', fragment],
  ['https://example.com/#', fragment],
  ['https://127.0.0.1#@example.com/', fragment],
  [`https://example.com/${'a'.repeat(2_029)}`, 'must have at most 2048 characters'],
])('%j is rejected: %s', (text, problem) => {
  expect(read(text)).toBe(`rejected: ${problem}`);
});

test('2,048 characters are accepted', () => {
  const text = `https://example.com/${'a'.repeat(2_028)}`;
  expect([text.length, read(text)]).toEqual([2_048, text]);
});

test('http and any port are accepted where private addresses are', () => {
  const urls = ['http://127.0.0.1/', 'https://pbx:22/', 'http://localhost:3000/'].map((text) => readUrl(text, anyUrls));
  expect(urls.map((url) => (typeof url === 'string' ? url : [hostOf(url), portOf(url)]))).toEqual([
    ['127.0.0.1', 80],
    ['pbx', 22],
    ['localhost', 3_000],
  ]);
});

test('the host of an IPv6 address has no brackets', () => {
  expect(hostOf(new URL('https://[2606:4700::1]/'))).toBe('2606:4700::1');
});

describe('any text', () => {
  /** Pieces of which parsers disagree. */
  const piece = fc.constantFrom(
    ...['https', 'http', ':', '/', '//', '\\', '@', '#', '?', '%', '[', ']', '127.0.0.1', 'example.com', ':443', ':22'],
    ...[' ', '\t', '\r\n', '.', '。', '＠', '／', '⑦', '\u0000', '\u00ad', '\u200b', '%00', '%40', '0x7f', '::1'],
  );

  test('is rejected, or is https to one of the two ports without user and fragment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 }),
        (pieces) => {
          const url = readUrl(`https://${pieces.join('')}`, publicUrls);
          if (typeof url === 'string') return;
          expect([url.protocol, url.username, url.password, url.hash]).toEqual(['https:', '', '', '']);
          expect([443, 8443]).toContain(portOf(url));
          // Another parser reads the same host.
          expect(new URL(url.href).host).toBe(url.host);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('a directory', () => {
  const place = (text: string, rules = publicUrls): string => {
    const url = readDirectoryUrl(text, rules);
    return typeof url === 'string' ? url : `${hostOf(url)} ${portOf(url)}`;
  };
  const directory = 'must be a URL such as ldaps://directory.example.com';

  test.each([
    ['ldaps://directory.example.com', 'directory.example.com 636'],
    ['LDAPS://Directory.Example.com:636/', 'directory.example.com 636'],
    ['ldaps://0x7f.1', '127.0.0.1 636'],
    ['ldaps://[2001:db8::1]:636', '2001:db8::1 636'],
    ['ldaps://directory.example.com:443', 'must use port 636'],
    ['ldap://directory.example.com', directory],
    ['https://directory.example.com', directory],
    ['ldaps://directory.example.com/dc=example', directory],
    ['ldaps://directory.example.com?x', directory],
    ['ldaps://anna@directory.example.com', directory],
    ['ldaps://', directory],
  ])('%s is %s', (text, expected) => {
    expect(place(text)).toBe(expected);
  });

  test('may have any port where any address is allowed', () => {
    expect(place('ldaps://localhost:1636', anyUrls)).toBe('localhost 1636');
  });

  test('of any text is rejected, or has the port 636', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webAuthority().map((authority) => `ldaps://${authority}`),
        ),
        (text) => {
          const url = readDirectoryUrl(text, publicUrls);
          expect(typeof url === 'string' || (portOf(url) === 636 && url.username === '')).toBe(true);
        },
      ),
    );
  });
});
