import { expect, test } from 'vitest';
import { issue, issueRoot } from '#stir/certificates.fixture.ts';
import { presentAuthorities, saveAuthorities } from './authorities.ts';

const now = '2026-06-01T00:00:00.000Z';
const first = issueRoot('First');
const certificates = first.pem + issueRoot('Second').pem;

test('authorities are shown by name, fingerprint and end', () => {
  const saved = saveAuthorities(undefined, { certificates: `comment\n${certificates}` }, now);
  expect(saved).toMatchObject({ certificates, version: 1 });
  expect(presentAuthorities(saved)).toMatchObject({
    authorities: [
      { subject: 'C=US, O=First, CN=SHAKEN 1234', not_after: '2027-01-01T00:00:00.000Z' },
      { subject: 'C=US, O=Second, CN=SHAKEN 1234', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ],
  });
});

test('an empty text empties the list', () => {
  const saved = saveAuthorities(undefined, { certificates }, now);
  const emptied = saveAuthorities(saved, { certificates: ' ' }, now);
  expect(presentAuthorities(emptied)).toMatchObject({ certificates: '', authorities: [], version: 2 });
  expect(presentAuthorities(undefined)).toMatchObject({ certificates: '', version: 0, updated_at: null });
});

test.each([
  ['a text', 'authorities'],
  ['a certificate that is none of an authority', first.pem + issue({ by: first }).pem],
  ['201 certificates', first.pem.repeat(201)],
])('%s is rejected', (_name, pem) => {
  expect(() => saveAuthorities(undefined, { certificates: pem }, now)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CERTIFICATE',
      details: [expect.objectContaining({ path: 'certificates' })],
    }),
  );
});

test('a list whose issuer is no certificate is rejected', () => {
  const revocation_lists = [{ url: 'https://authority.example/list.crl', issuer: 'issuer' }];
  expect(() => saveAuthorities(undefined, { certificates, revocation_lists }, now)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CERTIFICATE',
      details: [expect.objectContaining({ path: 'revocation_lists[0].issuer' })],
    }),
  );
});
