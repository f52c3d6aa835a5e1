import { expect, test, vi } from 'vitest';
import type { waitAtMost } from '#concurrency/wait-at-most.ts';
import { parseAddress, type Address } from '#sip/address.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { newPassportKey } from '#stir/passport-key.ts';
import { signCall } from '#stir/signing.ts';
import type { CertificateOf } from '#stir/verification.ts';
import { CallerVerification, type CallToVerify } from './caller-verification.ts';

const key = newPassportKey();
const x5u = 'https://certificates.example/1.pem';
const now = Date.parse('2026-11-28T12:00:00Z');
const [orig, dest] = ['+12125550100', '+12125550101'];
const origid = '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77';
const signed = signCall({ signer: { key, x5u }, attestation: 'A', origid, orig, dest, now }) ?? '';
const trusted = { key, covers: () => true, until: Infinity };

function verifying(certificateOf: CertificateOf, wait?: typeof waitAtMost) {
  const fetched = vi.fn(certificateOf);
  const verification = new CallerVerification({
    forTrunk: () => fetched,
    now: () => now,
    fault: (error) => expect.fail(String(error)),
    ...(wait !== undefined && { waitAtMost: wait }),
  });
  const verify = (identities: readonly string[], more: Partial<CallToVerify> = {}) => {
    const headers = identities.reduce((all, value) => all.append(textHeader('Identity'), value), Headers.none);
    const named = parseAddress('<sip:+12125550100;verstat=TN-Validation-Passed@carrier.example>') as Address;
    return verification.verify({
      request: { headers },
      trunk: 'trunk_1',
      named,
      orig,
      dest,
      isTrusted: false,
      ...more,
    });
  };
  return { verify, fetched };
}

test('a signature decides, and goes on with the call', async () => {
  const { verify } = verifying(async () => trusted);
  expect(await verify([signed])).toEqual({
    stir: { verstat: 'TN-Validation-Passed', attestation: 'A', origid },
    identities: [signed],
  });
});

test('a call without signature costs no fetch; what it claims counts if its trunk is trusted', async () => {
  const { verify, fetched } = verifying(async () => trusted);
  expect((await verify([])).stir).toEqual({ verstat: 'No-TN-Validation', reason: 428 });
  expect((await verify([], { isTrusted: true })).stir).toEqual({ verstat: 'TN-Validation-Passed' });
  expect(fetched).not.toHaveBeenCalled();
});

test('a claim does not outdo a signature that fails, or a caller without a number', async () => {
  const { verify } = verifying(async () => ({ ...trusted, key: newPassportKey() }));
  expect(await verify([signed], { isTrusted: true })).toEqual({
    stir: { verstat: 'TN-Validation-Failed', reason: 438 },
    identities: [],
  });
  expect((await verify([signed], { isTrusted: true, orig: null })).stir.verstat).toBe('No-TN-Validation');
});

test('no more than three headers are read', async () => {
  const { verify, fetched } = verifying(async () => trusted);
  const others = ['+12125550197', '+12125550198', '+12125550199'].map(
    (other) => signCall({ signer: { key, x5u }, attestation: 'A', origid, orig: other, dest, now }) ?? '',
  );
  expect((await verify([...others, signed])).stir.verstat).toBe('TN-Validation-Failed');
  expect((await verify([...others.slice(1), signed])).stir.verstat).toBe('TN-Validation-Passed');
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(3);
});

test('an INVITE waits half a second for a certificate at most', async () => {
  const waits: number[] = [];
  const { verify } = verifying(
    () => new Promise(() => undefined),
    async (time) => void waits.push(time),
  );
  expect(await verify([signed])).toEqual({ stir: { verstat: 'No-TN-Validation', reason: 436 }, identities: [] });
  expect(waits).toEqual([500]);
});

test('of many INVITEs only eight of a trunk wait; those with a certificate at hand never do', async () => {
  let arrive = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const slow = verifying(async () => {
    await arrived;
    return trusted;
  });
  const all = Array.from({ length: 12 }, () => slow.verify([signed]));
  const first = await Promise.all(all.slice(8));
  expect(first.map(({ stir }) => stir.reason)).toEqual([436, 436, 436, 436]);
  arrive();
  const verstats = (await Promise.all(all.slice(0, 8))).map(({ stir }) => stir.verstat);
  expect(new Set(verstats)).toEqual(new Set(['TN-Validation-Passed']));
  const quick = verifying(async () => trusted);
  const many = await Promise.all(Array.from({ length: 100 }, () => quick.verify([signed])));
  expect(new Set(many.map(({ stir }) => stir.verstat))).toEqual(new Set(['TN-Validation-Passed']));
});
