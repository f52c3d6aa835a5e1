import { gunzipSync } from 'node:zlib';
import { notFound } from '../../errors.ts';
import type { Assets } from '../../runtime/assets.ts';
import { document, type DocumentAnswer } from './answer.ts';
import { entityTag } from './not-modified.ts';

/**
 * Whether gzipped content may be sent (RFC 9110 §12.5.3). A client without `Accept-Encoding` gets plain content: the
 * RFC allows any coding then, but such clients seldom decode one.
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const weights = new Map(
    (acceptEncoding ?? '').split(',').map((part) => {
      const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return [coding, weight === undefined ? 1 : Number(weight.slice(2))] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

const neverAskAgain = 'public, max-age=31536000, immutable';

/** Names of bundled files contain a hash of their content; those of derived files do not, and are revalidated. */
const cachingOf = (file: string, gzipped: Uint8Array): Readonly<Record<string, string>> =>
  file.endsWith('.json')
    ? { 'Cache-Control': 'no-cache', ETag: entityTag(gzipped) }
    : { 'Cache-Control': neverAskAgain };

/** A file of a page, compressed if the client accepts that. @throws AppError NOT_FOUND */
export function assetAnswer(assets: Assets, file: string, acceptEncoding: string | undefined): DocumentAnswer<200> {
  const gzipped = assets.read(file);
  const contentType = contentTypes[file.split('.').at(-1) ?? ''];
  if (gzipped === undefined || contentType === undefined) throw notFound('Asset');
  const headers = { ...cachingOf(file, gzipped), Vary: 'Accept-Encoding' };
  return acceptsGzip(acceptEncoding)
    ? document(contentType, gzipped, { ...headers, 'Content-Encoding': 'gzip' })
    : document(contentType, gunzipSync(gzipped), headers);
}
