import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { readChain, signerProblem, tnAuthorization, trustChain, type CertificateChain } from './certificate.ts';
import { writeCertificateRequest, writeExtension } from './certificate-request.ts';
import { issue, issueRoot, type CertificateToIssue, type Issued } from './certificates.fixture.ts';
import { tags, writeDer } from './der.ts';
import { newPassportKey } from './passport-key.ts';

const now = Date.parse('2026-06-01');
const root = issueRoot();
const intermediate = issue({ name: 'Intermediate', by: root, isAuthority: true, usage: 0x06, pathLimit: 0 });

const chainOf = (...issued: readonly Issued[]): CertificateChain =>
  readChain(issued.map(({ pem }) => pem).join('')) ?? [];
const trust = (chain: readonly Issued[], authorities: readonly Issued[] = [root], at = now) =>
  trustChain(chainOf(...chain), chainOf(...authorities), at);
const problemOf = (...trusted: Parameters<typeof trust>): string => {
  const result = trust(...trusted);
  return 'problem' in result ? result.problem : 'trusted';
};
const leafOf = (leaf: CertificateToIssue = {}): Issued => issue({ by: root, ...leaf });
const covers = (leaf: CertificateToIssue, numbers: readonly string[]): readonly string[] => {
  const result = trust([leafOf(leaf)]);
  return 'covers' in result ? numbers.filter((number) => result.covers(number)) : [result.problem];
};

describe('PEM', () => {
  test('has a chain, with texts between', () => {
    expect(readChain(`subject=a\n${root.pem}\nissuer=b\r\n${intermediate.pem}`)).toHaveLength(2);
  });

  test.each([
    ['nothing', ''],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['a block that is no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['nine certificates', root.pem.repeat(9)],
    ['10 MB', root.pem + 'x'.repeat(10_000_000)],
  ])('with %s is no chain', (_name, pem) => expect(readChain(pem)).toBeUndefined());
});

describe('a chain is trusted', () => {
  test.each([
    ['directly below an authority', [leafOf()], [root]],
    ['with an intermediate', [issue({ by: intermediate }), intermediate], [root]],
    ['with its root at the end', [issue({ by: intermediate }), intermediate, root], [root]],
    ['by an intermediate that is listed', [issue({ by: intermediate })], [issueRoot('Other'), intermediate]],
    ['with KeyUsage', [leafOf({ usage: 0x80 })], [root]],
  ])('%s', (_name, chain, authorities) => {
    expect(trust(chain, authorities)).toMatchObject({ until: Date.parse('2027-01-01') });
  });

  test('until the first of its certificates ends', () => {
    expect(trust([leafOf({ to: new Date('2026-07-01') })])).toMatchObject({ until: Date.parse('2026-07-01') });
  });
});

describe('a chain is not trusted', () => {
  const stranger = issueRoot();
  const broken = issue({ name: 'Intermediate', by: root, isAuthority: true, usage: 0x06, pathLimit: 0 });
  const below = issue({ name: 'Below', by: intermediate, isAuthority: true, usage: 0x06 });
  const noAuthority = issue({ name: 'No authority', by: root });
  const noSigner = issue({ name: 'No signer', by: root, isAuthority: true, usage: 0x80 });
  test.each([
    ['of strangers', 'no authority is trusted', [issue({ by: stranger }), stranger]],
    ['without its intermediate', 'no authority is trusted', [issue({ by: intermediate })]],
    ['with an intermediate of the same name', 'no authority is trusted', [issue({ by: broken }), intermediate]],
    ['that is empty', 'no authority is trusted', []],
    ['below too long a path', 'an issuer may not issue certificates', [issue({ by: below }), below, intermediate]],
    ['of an issuer that is none', 'an issuer may not issue certificates', [issue({ by: noAuthority }), noAuthority]],
    ['of an issuer that may not sign', 'no authority is trusted', [issue({ by: noSigner }), noSigner]],
    ['of the authority itself', 'the certificate is that of an authority', [intermediate]],
    ['that has no list', 'the certificate has no TNAuthorizationList', [leafOf({ entries: null })]],
    ['with a key of another curve', 'the certificate has a key that is not P-256', [leafOf({ curve: 'P-384' })]],
    ['that may not sign', 'the certificate may not sign', [leafOf({ usage: 0x08 })]],
    ['that ended', 'the certificate is expired', [leafOf({ to: new Date('2026-05-31') })]],
    ['that begins later', 'the certificate is not valid yet', [leafOf({ from: new Date('2026-06-02') })]],
    [
      'with constraints of claims',
      'the certificate limits claims, which is not supported',
      [leafOf({ extensions: [writeExtension('1.3.6.1.5.5.7.1.27', writeDer(tags.sequence))] })],
    ],
    [
      'with a critical extension',
      'the certificate has a critical extension that is not supported',
      [
        leafOf({
          extensions: [
            writeDer(
              tags.sequence,
              Buffer.from('06032a0304', 'hex'),
              writeDer(tags.boolean, Buffer.from([0xff])),
              writeDer(tags.octetString, writeDer(tags.sequence)),
            ),
          ],
        }),
      ],
    ],
    [
      'with a list that is no DER',
      'a certificate is malformed',
      [
        leafOf({
          entries: null,
          extensions: [writeExtension('1.3.6.1.5.5.7.1.26', Buffer.from([0x30, 0x20, 0xa0]))],
        }),
      ],
    ],
  ])('%s', (_name, problem, chain) => expect(problemOf(chain)).toBe(problem));

  test('without an authority', () => expect(problemOf([leafOf()], [])).toBe('no authority is trusted'));
  test('with an authority that ended', () => {
    const old = issue({ isAuthority: true, to: new Date('2026-05-01') });
    expect(problemOf([issue({ by: old })], [old])).toBe('an issuer is expired');
  });
});

describe('a certificate covers', () => {
  test('every number with a code of a provider', () => {
    expect(covers({}, ['12155551212', '46890510'])).toEqual(['12155551212', '46890510']);
  });
  test('numbers of a range of its length, and no others', () => {
    const ranges = [{ start: '12155551200', count: 100 }];
    const numbers = ['12155551199', '12155551200', '12155551299', '12155551300', '1215555120', '121555512000', '*21'];
    expect(covers({ entries: { ranges } }, numbers)).toEqual(['12155551200', '12155551299']);
  });
  test('one number', () => {
    expect(covers({ entries: { ones: ['46890510'] } }, ['46890510', '46890511'])).toEqual(['46890510']);
  });
  test('nothing with an empty list', () => expect(covers({ entries: {} }, ['46890510'])).toEqual([]));
  test('nothing that its issuer does not cover', () => {
    const limited = issue({ by: root, isAuthority: true, entries: { ones: ['46890510'] } });
    const result = trust([issue({ by: limited }), limited]);
    expect('covers' in result && [result.covers('46890510'), result.covers('46890511')]).toEqual([true, false]);
  });
});

test('a list is read with all its entries', () => {
  const entries = { spcs: ['709J', '1234'], ranges: [{ start: '4689051', count: 200 }], ones: ['46890510'] };
  const [leaf] = chainOf(leafOf({ entries }));
  expect(leaf && tnAuthorization(leaf)).toEqual({
    spcs: ['709J', '1234'],
    ranges: [
      { start: '4689051', count: 200 },
      { start: '46890510', count: 1 },
    ],
  });
});

describe('a certificate that should sign', () => {
  test('has its issuers in order, and nothing wrong with itself', () => {
    expect(signerProblem(chainOf(issue({ by: intermediate }), intermediate, root), now)).toBeUndefined();
    expect(signerProblem(chainOf(issue({ by: intermediate }), root, intermediate), now)).toBe(
      'is not followed by its issuers in order',
    );
    expect(signerProblem(chainOf(leafOf({ to: new Date('2026-05-01') })), now)).toBe('is expired');
    expect(signerProblem([], now)).toBe('is missing');
  });
});

describe('a request', () => {
  needs('openssl');
  test('names the provider and its code, and is signed by its key', () => {
    const key = newPassportKey();
    const request = writeCertificateRequest({ country: 'SE', organization: 'Exempel AB', spc: '709J' }, key);
    const { stdout, stderr } = spawnSync(
      'openssl',
      ['req', '-verify', '-noout', '-subject', '-nameopt', 'RFC2253', '-pubkey', '-text', '-reqopt', 'ext_dump'],
      { input: request, encoding: 'utf8' },
    );
    expect(stderr).toMatch(/verify OK/);
    expect(stdout).toContain('subject=CN=SHAKEN 709J,O=Exempel AB,C=SE\n');
    expect(stdout).toContain(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
    // RFC 8226 §9: a list of one code, as an IA5String under [0].
    expect(stdout).toMatch(/ 1\.3\.6\.1\.5\.5\.7\.1\.26:\s+0000 - 30 08 a0 06 16 04 37 30-39 4a /);
    expect(request).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
  });
});
