import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { AwsAnswer, AwsCall } from './aws-call.ts';
import type { StoredObject } from './object-files.ts';
import { objectFailure } from './objects.ts';

/** A range of bytes; null if it cannot be satisfied; undefined if the whole object is wanted. */
function rangeOf({ range }: IncomingHttpHeaders, size: number) {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? null : { start, end };
}

/** Headers that a link replaces: Amazon S3 API Reference, "GetObject", "Overriding response header values". */
const replaceable = ['content-type', 'content-disposition', 'cache-control', 'content-encoding', 'content-language'];

function replacedHeaders(url: string): OutgoingHttpHeaders {
  const { searchParams } = new URL(url, 'http://s3');
  return Object.fromEntries(
    replaceable.flatMap((name) => {
      const value = searchParams.get(`response-${name}`);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** The answer to a call that reads an object. */
export function objectAnswer(
  stored: StoredObject,
  { method, url, headers: asked }: AwsCall,
  open: (range?: { readonly start: number; readonly end: number }) => Readable,
): AwsAnswer {
  const { type, size, etag, modified, disposition } = stored;
  const range = rangeOf(asked, size);
  if (range === null) return objectFailure(416, 'InvalidRange', 'The requested range is not satisfiable');
  const headers = {
    'content-type': type,
    etag,
    'last-modified': new Date(modified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
    ...(disposition === undefined ? {} : { 'content-disposition': disposition }),
    ...replacedHeaders(url),
  };
  const status = range === undefined ? 200 : 206;
  return { status, headers, body: '', stream: method === 'HEAD' ? Readable.from([]) : open(range) };
}
