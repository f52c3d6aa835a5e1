import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { needs } from '#test/support/tools.ts';
import { trustChain } from './certificate.ts';
import { writeExtension, writePem } from './certificate-request.ts';
import { issue, issueList, issueRoot, writeCritical, type Issued, type ListToIssue } from './certificates.fixture.ts';
import { tags, writeDer } from './der.ts';
import { privatePem } from './passport-key.ts';
import { maxListLength, revocationsIn, trustList } from './revocation-list.ts';

const now = Date.parse('2026-06-01');
/** Also valid for OpenSSL, which has the clock of the machine. */
const root = issue({ name: 'Root', isAuthority: true, usage: 0x06, from: new Date(0), to: new Date('2100-01-01') });
const publisher = issueRoot('Administrator');
const [leaf, other] = [issue({ by: root }), issue({ by: root })];

const certificateOf = ({ pem }: Issued): X509Certificate => new X509Certificate(pem);
const trust = (bytes: Buffer, issuers: readonly Issued[] = [root], at = now) =>
  trustList(bytes, issuers.map(certificateOf), at);
/** Which of the two certificates a list revokes, or its problem. */
function revokedBy(...trusted: Parameters<typeof trust>): readonly boolean[] | string {
  const list = trust(...trusted);
  if ('problem' in list) return list.problem;
  const { has } = revocationsIn([list]);
  return [leaf, other].map((each) => has(certificateOf(each)));
}

describe('a list revokes', () => {
  test('the certificates of its issuer by their serial number', () => {
    expect(revokedBy(issueList(root, { revoked: [leaf] }))).toEqual([true, false]);
    expect(revokedBy(issueList(root))).toEqual([false, false]);
    expect(revokedBy(Buffer.from(writePem('X509 CRL', issueList(root, { revoked: [leaf] }))))).toEqual([true, false]);
  });

  test('no certificates of others with the same serial number', () => {
    expect(revokedBy(issueList(publisher, { revoked: [leaf] }), [publisher])).toEqual([false, false]);
  });

  test('certificates of issuers that its entries name, and the entries after them', () => {
    const indirect = writeCritical('2.5.29.28', writeDer(tags.sequence, writeDer(0x84, Buffer.from([0xff]))));
    const revoked = [{ serial: 1 }, { serial: leaf.serial, issuer: root.name }, { serial: other.serial }];
    const list = issueList(publisher, { revoked, extensions: [indirect] });
    expect(revokedBy(list, [root, publisher])).toEqual([true, true]);
  });

  test('what it has revoked also when its next list is late', () => {
    const list = issueList(root, { revoked: [leaf], nextUpdate: new Date('2026-05-31') });
    expect(revokedBy(list)).toEqual([true, false]);
    expect(trust(list)).toMatchObject({ nextUpdate: Date.parse('2026-05-31') });
    expect(trust(issueList(root, { nextUpdate: null }))).toMatchObject({ nextUpdate: undefined });
  });
});

describe('a list is not trusted', () => {
  const unsigned = 'is not signed by its issuer with ECDSA and SHA-2';
  const old = issue({ isAuthority: true, to: new Date('2026-05-01') });
  const noSigner = issue({ isAuthority: true, usage: 0x04 });
  const changed = issueList(root, { revoked: [leaf] });
  changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
  const listWith = (list: ListToIssue): Buffer => issueList(root, list);
  test.each<[string, string, Parameters<typeof trust>]>([
    ['of a stranger', unsigned, [issueList(issueRoot()), [root]]],
    ['of an issuer with another name', unsigned, [issueList({ ...root, name: publisher.name })]],
    ['without issuers', unsigned, [issueList(root), []]],
    ['of an issuer that ended', 'has an issuer that is not valid now', [issueList(old), [old]]],
    ['of one that may not sign it', 'has an issuer that may not sign lists', [issueList(noSigner), [noSigner]]],
    ['of the future', 'is not valid yet', [listWith({ thisUpdate: new Date('2026-06-02') })]],
    [
      'of changes alone',
      'has a critical extension that is not supported',
      [listWith({ extensions: [writeCritical('2.5.29.27', writeDer(tags.integer, Buffer.from([1])))] })],
    ],
    [
      'that repeats an extension',
      'is malformed',
      [listWith({ extensions: [1, 2].map(() => writeExtension('2.5.29.20', Buffer.from([2, 1, 1]))) })],
    ],
    ['that is a page', 'is malformed', [Buffer.from('<html></html>')]],
    ['that is empty', 'is malformed', [Buffer.alloc(0)]],
    ['that is a certificate', 'is malformed', [certificateOf(leaf).raw]],
    ['that is too long', 'is longer than 1048576 bytes', [Buffer.alloc(maxListLength + 1)]],
  ])('%s', (_name, problem, trusted) => expect(trust(...trusted)).toEqual({ problem }));

  test('with one other bit', () => expect(trust(changed)).toHaveProperty('problem'));
});

test('a chain with a revoked certificate is not trusted, whichever it is', () => {
  const middle = issue({ name: 'Middle', by: root, isAuthority: true, usage: 0x06 });
  const end = issue({ by: middle });
  const chain = [end, middle].map(certificateOf);
  const reasonWith = (by: Issued, revoked: Issued): string => {
    const list = trust(issueList(by, { revoked: [revoked] }), [by]);
    if ('problem' in list) return list.problem;
    const result = trustChain(chain, [certificateOf(root)], now, revocationsIn([list]));
    return 'problem' in result ? `${result.reason} ${result.problem}` : 'trusted';
  };
  expect(reasonWith(middle, end)).toBe('437 the certificate is revoked');
  expect(reasonWith(root, middle)).toBe('437 an issuer is revoked');
  expect(reasonWith(root, end)).toBe('trusted');
});

describe('any bytes', () => {
  const valid = issueList(publisher, { revoked: [{ serial: leaf.serial, issuer: root.name }, { serial: 300 }] });
  const isRead = (bytes: Buffer): boolean => Object.keys(trust(bytes, [publisher])).length > 0;

  test('are read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isRead(Buffer.from(bytes))),
      { numRuns: runs(300) },
    );
  });

  test('of a list that is cut or changed say nothing else', () => {
    const revoked = trust(valid, [publisher]);
    const positions = fc.nat(valid.length - 1);
    fc.assert(
      fc.property(positions, fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, isCut) => {
        const bytes = Buffer.from(isCut ? valid.subarray(0, at) : valid);
        if (!isCut) bytes.writeUInt8(bytes.readUInt8(at) ^ change, at);
        const list = trust(bytes, [publisher]);
        if (!('problem' in list)) expect(list).toEqual(revoked);
      }),
      { numRuns: runs(500) },
    );
  });

  test('nested deeply, or long, cost no more than their length', () => {
    let nested: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth < 1_000; depth += 1) nested = writeDer(tags.sequence, nested);
    expect(trust(nested)).toEqual({ problem: 'is malformed' });
    const flat = writeDer(tags.sequence, Buffer.alloc(maxListLength - 8));
    expect(trust(flat)).toEqual({ problem: 'is malformed' });
  });
});

describe('a list of OpenSSL', () => {
  needs('openssl');
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-crl-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

  test.each(['DER', 'PEM'])('in %s revokes what it names', (form) => {
    const files = {
      'ca.pem': root.pem,
      'ca.key': privatePem(root.key),
      'leaf.pem': leaf.pem,
      'index.txt': '',
      number: '01',
      'ca.cnf':
        '[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=number\ncertificate=ca.pem\n' +
        'private_key=ca.key\ndefault_md=sha384\ndefault_crl_days=7\ncrl_extensions=crl\n' +
        '[crl]\nauthorityKeyIdentifier=issuer:always\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    openssl('ca', '-config', 'ca.cnf', '-revoke', 'leaf.pem', '-crl_reason', 'keyCompromise');
    openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'list.pem');
    openssl('crl', '-in', 'list.pem', '-outform', form, '-out', 'list');
    expect(revokedBy(readFileSync(join(folder, 'list')), [root], Date.now())).toEqual([true, false]);
  });
});
