import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { qrCode, qrCodeBytes } from './qr-code.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-qr-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { size: 300, margin: 4, errorCorrection: 'M' } as const;

/** What zbar reads in a PNG. */
function read(png: Uint8Array | string): string {
  const file = join(folder, `${crypto.randomUUID()}.png`);
  writeFileSync(file, png);
  return execFileSync('zbarimg', ['--quiet', '--raw', '-Sbinary', file], { encoding: 'utf8', stdio: 'pipe' });
}

describe('zbar', () => {
  needs('zbarimg');

  test.each([
    'otpauth://totp/Platform:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Platform',
    '0123456789',
    'Grüße, 世界',
    ' ',
  ])('reads %j in the PNG', async (text) => {
    expect(read(await qrCode(text, 'png', options))).toBe(text);
  });

  test.each(['L', 'M', 'Q', 'H'] as const)(
    'reads the longest text of level %s, in an image that is large enough',
    async (level) => {
      const text = 'x'.repeat(qrCodeBytes[level]);
      expect(read(await qrCode(text, 'png', { size: 800, margin: 4, errorCorrection: level }))).toBe(text);
      await expect(qrCode(`${text}x`, 'png', { ...options, errorCorrection: level })).rejects.toThrow();
    },
  );
});

test('a PNG has the width that is asked for', async () => {
  const png = Buffer.from(await qrCode('a', 'png', { ...options, size: 123 }));
  expect([png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 123, 123]);
});

test('an SVG is an image without scripts, of the width that is asked for', async () => {
  const svg = String(await qrCode('<script>', 'svg', options));
  expect(svg).toMatch(/^<svg [^>]*width="300"/);
  expect(svg).not.toContain('script');
});
