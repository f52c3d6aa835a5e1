import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newPassportKey } from './passport-key.ts';
import { identityFault, type IdentityFault } from './passport.ts';
import { signCall, signDiversion } from './signing.ts';
import { verifyIdentity, type CallToVerify, type TrustedCertificate, type Verification } from './verification.ts';

const now = Date.parse('2026-06-01T12:00:00.500Z');
const x5u = 'https://cert.example.org/1.pem';
const key = newPassportKey();
const signer = { key, x5u };
const origid = '123e4567-e89b-12d3-a456-426655440000';

const trusted = (covered?: readonly string[]): TrustedCertificate => ({
  key: createPublicKey(key),
  covers: (number) => covered?.includes(number) ?? true,
  until: Infinity,
});

const signed = (more: Partial<Parameters<typeof signCall>[0]> = {}): string =>
  signCall({ signer, attestation: 'A', origid, orig: '+12155551212', dest: '+12155551213', now, ...more }) ?? '';
const diverted = (div: string, dest: string, more: Partial<Parameters<typeof signDiversion>[0]> = {}): string =>
  signDiversion({ signer, orig: '+12155551212', dest, div, now, ...more }) ?? '';

/** Verifies, and counts the questions for certificates. */
async function verified(
  identities: readonly string[],
  more: Partial<CallToVerify> = {},
  found: TrustedCertificate | IdentityFault = trusted(),
): Promise<Verification & { readonly asked: number }> {
  let asked = 0;
  const certificateOf = async () => {
    asked += 1;
    return found;
  };
  const call = { orig: '+12155551212', dest: '12155551213', now, certificateOf, ...more };
  return { ...(await verifyIdentity({ identities, ...call })), asked };
}

describe('a call passes', () => {
  test('with its attestation and origin', async () => {
    const identity = signed();
    expect(await verified([identity])).toEqual({
      ...{ verstat: 'TN-Validation-Passed', attestation: 'A', origid, identities: [identity], asked: 1 },
    });
  });

  test.each([
    ['12155551212', '+12155551213'],
    ['sip:+12155551212@peer.example.com', 'tel:+1-215-555-1213'],
    ['+1-215-555-1212', '(1215)5551213'],
  ])('with its numbers written as %s and %s', async (orig, dest) => {
    expect(await verified([signed()], { orig, dest })).toMatchObject({ verstat: 'TN-Validation-Passed' });
  });

  test.each([-60_000, 60_000])('with a clock that is %i ms off', async (off) => {
    expect(await verified([signed({ now: now + off })])).toMatchObject({ verstat: 'TN-Validation-Passed' });
  });

  test('beside headers of other extensions', async () => {
    expect(await verified(['a.b.c;ppt=rcd', signed()])).toMatchObject({ verstat: 'TN-Validation-Passed' });
  });

  test('by its second header, after one that is malformed', async () => {
    expect(await verified(['broken', signed()])).toMatchObject({ verstat: 'TN-Validation-Passed' });
  });
});

describe('a call fails', () => {
  type Failure = {
    readonly name: string;
    readonly reason: number;
    readonly identity?: string;
    readonly call?: Partial<CallToVerify>;
    readonly asked?: number;
  };
  test.each<Failure>([
    { name: 'with another caller', reason: 438, call: { orig: '+12155551299' } },
    { name: 'with another callee', reason: 438, call: { dest: '+12155551299' } },
    { name: '90 s late', reason: 403, call: { now: now + 90_000 } },
    { name: '90 s early', reason: 403, call: { now: now - 90_000 } },
    { name: 'by another key', reason: 438, identity: signed({ signer: { key: newPassportKey(), x5u } }), asked: 1 },
    { name: 'with a malformed header', reason: 438, identity: 'broken' },
    { name: 'with alg none', reason: 437, identity: signed().replace('alg=ES256', 'alg=none') },
  ])('$name', async ({ reason, identity = signed(), call, asked = 0 }) => {
    const failed = { verstat: 'TN-Validation-Failed', reason, identities: [], asked };
    expect(await verified([identity], call)).toEqual(failed);
  });

  test('if the chain is not trusted, or does not cover the caller', async () => {
    const failed = { verstat: 'TN-Validation-Failed', reason: 437 };
    expect(await verified([signed()], {}, identityFault(437, ''))).toMatchObject(failed);
    expect(await verified([signed()], {}, trusted(['12155551213']))).toMatchObject(failed);
  });
});

describe('nothing is known', () => {
  test.each<[string, readonly string[], Partial<CallToVerify>]>([
    ['without a header', [], {}],
    ['of a header that is ignored', ['a.b.c;ppt=rcd'], {}],
    ['of a caller without a number', [signed()], { orig: 'anonymous' }],
    ['of a diversion alone', [diverted('12155551212', '12155551213')], {}],
  ])('%s', async (_name, identities, more) => {
    expect(await verified(identities, more)).toEqual({
      ...{ verstat: 'No-TN-Validation', reason: 428, identities: [], asked: 0 },
    });
  });

  test('without the certificate', async () => {
    const unknown = { verstat: 'No-TN-Validation', reason: 436 };
    expect(await verified([signed()], {}, identityFault(436, ''))).toMatchObject(unknown);
    const certificateOf = () => Promise.reject(new Error('down'));
    expect(await verified([signed()], { certificateOf })).toMatchObject(unknown);
  });
});

describe('a call that was forwarded', () => {
  const first = signed();
  const second = diverted('12155551213', '12155551214');
  const third = diverted('12155551214', '12155551215');

  test('passes by the chain of its diversions, in any order', async () => {
    expect(await verified([third, first, second], { dest: '12155551215' })).toMatchObject({
      verstat: 'TN-Validation-Passed',
      attestation: 'A',
      div: ['12155551213', '12155551214'],
      identities: [first, second, third],
      asked: 3,
    });
  });

  test('does not carry diversions that it does not need', async () => {
    expect(await verified([first, second])).toMatchObject({ identities: [first], asked: 1 });
  });

  test.each<[string, number, readonly string[]]>([
    ['without its diversion', 438, [first]],
    ['with a gap', 438, [first, third]],
    ['with a diversion of another caller', 438, [first, diverted('12155551213', '12155551215', { orig: '+4689051' })]],
    ['with a stale diversion', 403, [first, diverted('12155551213', '12155551215', { now: now - 90_000 })]],
    [
      'with a diversion of a stranger',
      438,
      [first, diverted('12155551213', '12155551215', { signer: { key: newPassportKey(), x5u } })],
    ],
    ['in a circle', 438, [first, second, diverted('12155551214', '12155551213')]],
  ])('fails %s', async (_name, reason, identities) => {
    expect(await verified(identities, { dest: '12155551215' })).toMatchObject({
      ...{ verstat: 'TN-Validation-Failed', reason },
    });
  });

  test('fails if the signer of the diversion does not hold the number that it diverts', async () => {
    const dest = '12155551214';
    expect(await verified([first, second], { dest }, trusted(['12155551212', '12155551213']))).toMatchObject({
      verstat: 'TN-Validation-Passed',
    });
    expect(await verified([first, second], { dest }, trusted(['12155551212', '12155551214']))).toMatchObject({
      ...{ verstat: 'TN-Validation-Failed', reason: 437 },
    });
  });
});

test('of 50 headers three are read, with one certificate for each', async () => {
  const wrong = signed({ signer: { key: newPassportKey(), x5u } });
  const identities = [...Array.from({ length: 3 }, () => wrong), ...Array.from({ length: 47 }, () => signed())];
  expect(await verified(identities)).toMatchObject({ verstat: 'TN-Validation-Failed', asked: 3 });
});

test('a party that is no number is not signed', () => {
  expect(signCall({ signer, attestation: 'A', origid, orig: 'alice', dest: '1', now })).toBeUndefined();
  expect(signDiversion({ signer, orig: '1', dest: '2', div: 'alice', now })).toBeUndefined();
});
