import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AppError } from '#errors.ts';
import { issue, issueRoot, type Issued } from '#stir/certificates.fixture.ts';
import { newPassportKey, privatePem } from '#stir/passport-key.ts';
import { certificateToSign, type StirCertificate } from '#telephony/stir-certificate.ts';
import { newCertificate, presentCertificate, replaceCertificate, type NewStirCertificate } from './certificate.ts';

const now = '2026-06-01T00:00:00.000Z';
const stamp = { id: 'stircert_1', organization: 1_001, now };
const root = issueRoot();
const leaf = issue({ by: root, entries: { spcs: ['709J'] } });
const other = issue({ by: root, to: new Date('2026-12-01') });

const pemOf = privatePem;
const bodyOf = ({ pem, key }: Issued): NewStirCertificate => ({
  name: 'Calls',
  chain: pem + root.pem,
  key: pemOf(key),
});
const subject = { country: 'US', organization: 'Example', spc: '709J' };
const made = newPassportKey();
const make = () => ({ key: made, csr: 'csr' });
const store = ({ certificate }: ReturnType<typeof newCertificate>): StirCertificate => ({
  ...certificate,
  sealed_key: 'sealed',
});

/** Code and path of the error. */
function errorOf(decide: () => unknown): string {
  try {
    decide();
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.details[0]?.path}`;
    throw error;
  }
  return 'accepted';
}
const creating = (body: Partial<NewStirCertificate>): string =>
  errorOf(() => newCertificate({ name: 'Calls', ...body }, stamp, make));

describe('a new certificate', () => {
  test('has the codes and the time of its chain', () => {
    const { certificate } = newCertificate(bodyOf(leaf), stamp, make);
    expect(certificate).toMatchObject({
      ...{ id: 'stircert_1', org_id: 1_001, spcs: ['709J'], csr: null, version: 1 },
      ...{ not_before: '2026-01-01T00:00:00.000Z', not_after: '2027-01-01T00:00:00.000Z' },
      chain_id: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test('publishes the certificates of its chain, and nothing that is written beside them', () => {
    const chain = `Bag Attributes: secret\n${pemOf(leaf.key)}${leaf.pem}`;
    const { certificate } = newCertificate({ ...bodyOf(leaf), chain }, stamp, make);
    expect(certificate.chain).toBe(leaf.pem);
    expect(JSON.stringify(presentCertificate(store(newCertificate(bodyOf(leaf), stamp, make)), now))).not.toMatch(
      /PRIVATE|sealed/,
    );
  });

  test('with a generated key waits for its chain, which then fits', () => {
    const waiting = newCertificate({ name: 'Calls', generate: true, subject }, stamp, make);
    expect(waiting).toMatchObject({ key: made, certificate: { chain: null, csr: 'csr', not_after: null } });
    expect(presentCertificate(store(waiting), now)).toMatchObject({ status: 'waiting', public_path: null, csr: 'csr' });
    const fitting = issue({ by: root, key: made });
    const after = replaceCertificate(store(waiting), { name: 'Calls', chain: fitting.pem }, now, make);
    expect(after).toMatchObject({ key: undefined, certificate: { chain: fitting.pem, csr: 'csr', version: 2 } });
    const again = replaceCertificate(store(waiting), { name: 'Calls', generate: true, subject }, now, make);
    expect(again).toMatchObject({ key: made, certificate: { id: 'stircert_1', chain: null, version: 2 } });
    expect(errorOf(() => replaceCertificate(store(waiting), { name: 'Calls', chain: leaf.pem }, now, make))).toBe(
      'KEY_MISMATCH chain',
    );
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
  const sealed = leaf.key
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
  test.each<[string, Partial<NewStirCertificate>]>([
    ['MISSING_FIELD chain', { key: pemOf(leaf.key) }],
    ['MISSING_FIELD key', { chain: leaf.pem }],
    ['MISSING_FIELD subject', { generate: true }],
    ['VALIDATION_FAILED key', { generate: true, subject, key: 'x' }],
    ['VALIDATION_FAILED chain', { generate: true, subject, chain: 'x' }],
    ['VALIDATION_FAILED subject', { ...bodyOf(leaf), subject }],
    ['INVALID_KEY key', { ...bodyOf(leaf), key: 'x' }],
    ['INVALID_KEY key', { ...bodyOf(leaf), key: pemOf(rsa) }],
    ['INVALID_KEY key', { ...bodyOf(leaf), key: sealed }],
    ['KEY_MISMATCH key', { ...bodyOf(leaf), key: pemOf(other.key) }],
    ['INVALID_CERTIFICATE chain', { ...bodyOf(leaf), chain: 'x' }],
    ['INVALID_CERTIFICATE chain', { ...bodyOf(leaf), chain: root.pem + leaf.pem }],
    ['INVALID_CERTIFICATE chain', bodyOf(issue({ by: root, to: new Date('2026-05-31') }))],
    ['INVALID_CERTIFICATE chain', bodyOf(issue({ by: root, from: new Date('2026-06-02') }))],
    ['INVALID_CERTIFICATE chain', bodyOf(issue({ by: root, entries: null }))],
  ])('is rejected with %s', (error, body) => expect(creating(body)).toBe(error));

  test('with a certificate that is not P-256 is rejected', () => {
    const p384 = issue({ by: root, curve: 'P-384' });
    expect(creating({ ...bodyOf(leaf), chain: p384.pem })).toBe('INVALID_CERTIFICATE chain');
  });
});

describe('a replaced certificate', () => {
  const stored = { ...store(newCertificate(bodyOf(leaf), stamp, make)), warned_days: 7 };

  test('keeps chain and key that are absent', () => {
    const { certificate, key } = replaceCertificate(stored, { name: 'New' }, now, make);
    expect([certificate, key]).toEqual([{ ...stored, name: 'New', updated_at: now, version: 2 }, undefined]);
  });

  test('with another chain and key is announced again before its end', () => {
    const { certificate } = replaceCertificate(stored, bodyOf(other), now, make);
    expect(certificate).toMatchObject({ not_after: '2026-12-01T00:00:00.000Z', chain: other.pem + root.pem });
    expect(certificate).not.toHaveProperty('warned_days');
  });

  test.each<[string, Partial<NewStirCertificate>]>([
    ['MISSING_FIELD chain', { key: pemOf(leaf.key) }],
    ['VALIDATION_FAILED generate', { generate: true, subject }],
    ['VALIDATION_FAILED subject', { subject }],
    ['KEY_MISMATCH chain', { chain: other.pem }],
    ['KEY_MISMATCH key', { chain: other.pem, key: pemOf(leaf.key) }],
  ])('is rejected with %s', (error, body) =>
    expect(errorOf(() => replaceCertificate(stored, { name: 'Calls', ...body }, now, make))).toBe(error),
  );
});

test('the certificate that ends last signs, unless it has ended or waits for its chain', () => {
  const first = { ...store(newCertificate(bodyOf(leaf), stamp, make)), id: 'first' };
  const second = { ...store(newCertificate(bodyOf(other), stamp, make)), id: 'second' };
  const waiting = store(newCertificate({ name: 'Calls', generate: true, subject }, stamp, make));
  expect(certificateToSign([second, waiting, first], now)?.id).toBe('first');
  expect(certificateToSign([second, first], '2026-12-15T00:00:00.000Z')?.id).toBe('first');
  expect(certificateToSign([second], '2026-12-01T00:00:00.000Z')).toBeUndefined();
  expect(certificateToSign([first], '2025-12-31T00:00:00.000Z')).toBeUndefined();
  expect(presentCertificate(second, '2026-12-01T00:00:00.000Z').status).toBe('expired');
});
