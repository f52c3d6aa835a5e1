import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { randomBase32 } from './random.ts';
import { provisioningUri, stepOfCode, totpSecretLength } from './totp.ts';

/** "12345678901234567890" in base32, the secret of RFC 6238, appendix B. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const at = (seconds: number): { readonly now: Date } => ({ now: new Date(seconds * 1_000) });

// RFC 6238, appendix B, SHA-1: time in seconds and the last 6 of its 8 digits.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('the code of RFC 6238 at %d s is %s', (seconds, code) => {
  expect(stepOfCode(secret, code, at(seconds))).toBe(Math.floor(seconds / 30));
});

describe('a code', () => {
  test('is valid one step early and late, and no further', () => {
    const steps = [-60, -30, 0, 30, 60].map((offset) => stepOfCode(secret, '050471', at(1_111_111_111 + offset)));
    expect(steps).toEqual([undefined, 37_037_037, 37_037_037, 37_037_037, undefined]);
  });

  test('is not valid again, nor is an earlier one', () => {
    const after = (step: number) => stepOfCode(secret, '050471', { ...at(1_111_111_111), after: step });
    expect([after(37_037_036), after(37_037_037), after(37_037_038)]).toEqual([37_037_037, undefined, undefined]);
  });

  test.each(['', '05047', '0504711', 'abcdef', '٠٥٠٤٧١', '-50471', '1e5000'])(
    'of the wrong form %j is wrong',
    (code) => {
      expect(stepOfCode(secret, code, at(1_111_111_111))).toBe(undefined);
    },
  );

  test('may have blanks', () => {
    expect(stepOfCode(secret, ' 050 471', at(1_111_111_111))).toBe(37_037_037);
  });
});

test('the URI of an account names issuer, account and secret', () => {
  const uri = new URL(provisioningUri('ada+x@example.com', secret));
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/Platform:ada+x@example.com',
  ]);
  expect(uri.searchParams.get('secret')).toBe(secret);
});

describe('oathtool', () => {
  needs('oathtool');

  test('makes the same codes from new secrets', () => {
    for (let round = 0; round < 8; round += 1) {
      const own = randomBase32(totpSecretLength);
      const seconds = 1_700_000_000 + round * 12_345;
      const code = execFileSync('oathtool', ['--totp', '--base32', `--now=@${seconds}`, own], { encoding: 'utf8' });
      expect(stepOfCode(own, code.trim(), at(seconds))).toBe(Math.floor(seconds / 30));
    }
  });
});
