import { create, toBuffer, toString, type QRCodeErrorCorrectionLevel } from 'qrcode';

/** QR codes (ISO/IEC 18004) as images. */

/** Most bytes of a QR code (version 40) by its level of error correction. */
export const qrCodeBytes = { L: 2_953, M: 2_331, Q: 1_663, H: 1_273 } as const satisfies Record<string, number>;

export type QrCodeForm = 'png' | 'svg';

export type QrCodeOptions = {
  /** Width and height in pixels. */
  readonly size: number;
  /** Modules around the code. */
  readonly margin: number;
  readonly errorCorrection: keyof typeof qrCodeBytes;
};

export const imageTypes = { png: 'image/png', svg: 'image/svg+xml' } as const satisfies Record<QrCodeForm, string>;

/** The bytes of a text (UTF-8) as one segment, so that its limit does not depend on its characters. */
const segmentsOf = (text: string) => [{ data: Buffer.from(text, 'utf8'), mode: 'byte' as const }];

/** An image of a text. @throws Error for a text with more bytes than {@link qrCodeBytes} allows */
export async function qrCode(
  text: string,
  form: QrCodeForm,
  { size, margin, errorCorrection }: QrCodeOptions,
): Promise<Uint8Array | string> {
  const level: QRCodeErrorCorrectionLevel = errorCorrection;
  const options = { errorCorrectionLevel: level, margin, width: size };
  const segments = segmentsOf(text);
  if (form === 'svg') return toString(segments, { ...options, type: 'svg' });
  // A module has at least one pixel, so that a small image of a long text is larger than asked for, and readable.
  const modules = create(segments, { errorCorrectionLevel: level }).modules.size + 2 * margin;
  return toBuffer(segments, { ...options, type: 'png', width: Math.max(size, modules) });
}
