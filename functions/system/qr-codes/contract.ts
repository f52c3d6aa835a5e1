import * as z from 'zod';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { qrCodeQuery } from './qr-code.ts';

export const getQrCode = endpoint('GET /qrcode/{text+}', {
  id: 'getQrCode',
  summary: 'Draw a QR code of a text',
  description:
    'The text is the rest of the path, decoded once. Send a text with `?` or `#`, or of more than 2,000 bytes, as ' +
    '`data` in the query, which takes precedence. The text is never logged.',
  scope: 'any',
  acceptsTemporary: true,
  params: { text: z.string().min(1).describe('Text of the code') },
  query: qrCodeQuery,
  answers: { 200: raw(['image/png', 'image/svg+xml'], z.string().meta({ format: 'binary' })) },
  errors: ['PAYLOAD_TOO_LARGE'],
  effects: [],
  cacheControl: 'no-store',
});

export const qrCodes = resource('qr-codes', { area: 'system', format: 'reference', endpoints: [getQrCode] });
