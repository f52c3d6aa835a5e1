import { hash } from 'node:crypto';
import { omit } from '../../schema/omit.ts';
import type { Incoming } from '../request/incoming.ts';
import type { Rendered } from './render.ts';

/** A strong `ETag` of a content (RFC 9110 §8.8.3). */
export const entityTag = (content: string | Uint8Array): string =>
  `"${hash('sha256', content, 'base64url').slice(0, 27)}"`;

/** `If-None-Match` compares weakly, without `W/` (RFC 9110 §13.1.2). */
const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/** Answers 304 instead of 200 when `If-None-Match` has the answer's `ETag`. */
export function answerConditionally({ method, headers }: Incoming, rendered: Rendered): Rendered {
  const held = headers['if-none-match'];
  const { ETag: tag } = rendered.headers;
  const isRead = (method === 'GET' || method === 'HEAD') && rendered.status === 200;
  if (!isRead || held === undefined || tag === undefined) return rendered;
  const matches = held.trim() === '*' || held.split(',').some((each) => opaque(each) === opaque(tag));
  return matches ? { status: 304, headers: omit(rendered.headers, 'Content-Type'), body: '' } : rendered;
}
