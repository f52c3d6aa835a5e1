import type { LocalPages } from '../gateway/gateway.ts';
import type { Answer } from '../gateway/gateway-event.ts';
import { kinds, type Kind } from './message.ts';
import { readCursor, type Outbox, type OutboxQuery } from './outbox.ts';
import { mailPolicy, pagePolicy } from './page-assets.ts';
import { outboxPath, renderOutbox } from './page.ts';
import { isOwnMachine, type Visitor } from '../gateway/visitor.ts';

/** Messages on a page. */
const limits = { usual: 50, max: 100 } as const;

/** Nothing is stored, framed or used by other pages. */
const common = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-dns-prefetch-control': 'off',
};

const answer = (status: number, headers: Readonly<Record<string, string>>, body: string): Answer => ({
  status,
  headers: { ...common, ...headers },
  cookies: [],
  body,
});
const json = (status: number, content: unknown): Answer =>
  answer(status, { 'content-type': 'application/json' }, `${JSON.stringify(content, undefined, 2)}\n`);

const problem = (message: string): Answer => json(400, { message });

/** @returns the query, or what is wrong with it */
function readQuery(parameters: URLSearchParams): OutboxQuery | string {
  const [kind, limit, before] = ['kind', 'limit', 'before'].map((name) => parameters.get(name) ?? undefined);
  const known: readonly (string | undefined)[] = [...kinds, undefined];
  if (!known.includes(kind)) return `kind must be ${kinds.join(', ')}`;
  const count = Number(limit ?? limits.usual);
  if (!Number.isInteger(count) || count < 1 || count > limits.max) return `limit must be from 1 to ${limits.max}`;
  if (before !== undefined && readCursor(before) === undefined) return 'before must be the `next` of a page';
  return { kind: kind as Kind | undefined, limit: count, before };
}

const wantsJson = (parameters: URLSearchParams, accept = ''): boolean =>
  parameters.get('format') === 'json' || (accept.includes('application/json') && !accept.includes('text/html'));

async function listAnswer(outbox: Outbox, parameters: URLSearchParams, headers: Visitor['headers']): Promise<Answer> {
  const query = readQuery(parameters);
  if (typeof query === 'string') return problem(query);
  const listed = await outbox.list(query);
  const isJson = wantsJson(parameters, headers.accept);
  const etag = `"${listed.tag}${isJson ? '-json' : ''}"`;
  const validators = { etag, vary: 'accept' };
  if (headers['if-none-match'] === etag) return answer(304, validators, '');
  const page = await listed.read();
  if (isJson) return { ...json(200, page), headers: { ...json(200, page).headers, ...validators } };
  const policy = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy(headers.host ?? ''),
  };
  return answer(200, { ...policy, ...validators }, renderOutbox(page, query, etag));
}

/**
 * Without frames and links to resources: browsers connect to their servers before they apply a policy. What is left of
 * such a tag is text.
 */
const withoutFrames = (html: string): string => html.replaceAll(/<(?=i?frame|link)/gi, '&lt;');

/**
 * No link of an e-mail can be followed: the policy of the page would block it, but the browser has connected by then.
 * A later `<html>` cannot take the attribute away (HTML Standard, "The rules for parsing tokens in HTML content").
 */
const mailDocument = (html: string): string => `<!doctype html><html inert>${withoutFrames(html)}`;

async function mailAnswer(outbox: Outbox, id: string): Promise<Answer> {
  const html = await outbox.html(id);
  if (html === undefined || html === null) return json(404, { message: 'Not Found' });
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': mailPolicy };
  return answer(200, headers, mailDocument(html));
}

const mailPath = new RegExp(`^${outboxPath}/email/([\\w-]{1,300})/html$`);

/** The pages of the outbox, for this machine only: others get the answer of a path that does not exist. */
export const outboxPages =
  (outbox: Outbox): LocalPages =>
  async (request) => {
    const url = URL.parse(`http://localhost${request.url ?? ''}`);
    if (url === null || !isOwnMachine(request)) return null;
    const isList = url.pathname === outboxPath || url.pathname === `${outboxPath}/`;
    const mail = mailPath.exec(url.pathname)?.[1];
    if (!isList && mail === undefined) return null;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { ...json(405, { message: 'Method Not Allowed' }), headers: { ...common, allow: 'GET, HEAD' } };
    return mail === undefined ? listAnswer(outbox, url.searchParams, request.headers) : mailAnswer(outbox, mail);
  };
