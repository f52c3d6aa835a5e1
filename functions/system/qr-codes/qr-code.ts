import * as z from 'zod';
import { AppError } from '#errors.ts';
import { wholeNumber } from '#schema/query.ts';

/** What a QR code shows, and how. */

/** Most bytes (UTF-8) by the level of error correction (ISO/IEC 18004, version 40). */
const maxBytes = { L: 2_953, M: 2_331, Q: 1_663, H: 1_273 } as const;
type Level = keyof typeof maxBytes;

export const qrCodeQuery = {
  data: z.string().min(1).optional().describe('Text of the code, in place of that of the path'),
  format: z.enum(['png', 'svg']).optional().describe('Form of the image. Default: png'),
  size: wholeNumber(50, 2_000).optional().describe('Width and height in pixels. Default: 200'),
  margin: wholeNumber(0, 32).optional().describe('Modules around the code. Default: 4'),
  error_correction: z.enum(['L', 'M', 'Q', 'H']).optional().describe('Level of error correction. Default: M'),
};

type Query = {
  readonly data?: string | undefined;
  readonly format?: 'png' | 'svg' | undefined;
  readonly size?: number | undefined;
  readonly margin?: number | undefined;
  readonly error_correction?: Level | undefined;
};

/** The code that a request asks for. @throws AppError PAYLOAD_TOO_LARGE for a text that its level cannot hold */
export function wantedCode(path: string, query: Query) {
  const { data: text = path, format = 'png', size = 200, margin = 4, error_correction: errorCorrection = 'M' } = query;
  if (Buffer.byteLength(text) > maxBytes[errorCorrection])
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `A QR code of level ${errorCorrection} holds ${maxBytes[errorCorrection]} bytes at most`,
      { details: [{ path: 'data', message: `must have at most ${maxBytes[errorCorrection]} bytes` }] },
    );
  return { text, format, options: { size, margin, errorCorrection } };
}
