import { expect, test } from 'vitest';
import { wantedCode } from './qr-code.ts';

test('a code has its defaults', () => {
  expect(wantedCode('a/b/', {})).toEqual({
    text: 'a/b/',
    format: 'png',
    options: { size: 200, margin: 4, errorCorrection: 'M' },
  });
});

test('the text of the query takes precedence over that of the path', () => {
  expect(wantedCode('path', { data: 'query?#' }).text).toBe('query?#');
});

test.each([
  ['L', 2_953],
  ['M', 2_331],
  ['Q', 1_663],
  ['H', 1_273],
] as const)('a code of level %s holds %d bytes, not one more', (level, bytes) => {
  const of = (text: string) => () => wantedCode(text, { error_correction: level });
  expect(of('x'.repeat(bytes))).not.toThrow();
  expect(of('x'.repeat(bytes + 1))).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }) as Error);
  expect(of(`${'x'.repeat(bytes - 1)}é`)).toThrow();
});
