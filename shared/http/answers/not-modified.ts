import type { Incoming } from '../incoming.ts';
import type { Rendered } from './render.ts';

/** RFC 9110 §13.1.2 compares weakly: a `W/` says nothing here. */
const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/** The answer, or 304 in its place when the client holds the same already (`If-None-Match`). */
export function answerConditionally({ method, headers }: Incoming, rendered: Rendered): Rendered {
  const held = headers['if-none-match'];
  const { ETag: tag, 'Content-Type': _, ...kept } = rendered.headers;
  const asks = (method === 'GET' || method === 'HEAD') && rendered.status === 200;
  if (!asks || held === undefined || tag === undefined) return rendered;
  const matches = held.trim() === '*' || held.split(',').some((each) => opaque(each) === opaque(tag));
  return matches ? { status: 304, headers: { ...kept, ETag: tag }, body: '' } : rendered;
}
