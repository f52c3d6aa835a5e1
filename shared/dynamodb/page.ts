import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { PageQuery } from '../schema/query.ts';
import type { Range, Slice } from './table.ts';

/** Which part of a list a caller wants, and what its page tokens are bound to. */
export type PageRequest = {
  readonly limit: number;
  readonly offset: number;
  /** Counting stops at 1,000, with `count=true` at 10,000. */
  readonly countTo: number;
  readonly token: string | undefined;
  readonly binding: TokenBinding;
};

type TokenBinding = {
  /** HMAC key of the caller's organization. */
  readonly key: string;
  /** Organization, path and filters, in one text. */
  readonly scope: string;
  /** Unix milliseconds. */
  readonly now: number;
};

export type Page<Item> = {
  readonly items: readonly Item[];
  readonly total: number;
  /** More may match than `total` says. */
  readonly capped: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly nextToken: string;
};

/** A request reads at most this many items, filtered-out ones too (auth.md, "Lists"). */
const readLimit = 10_000;
const defaultCount = 1_000;
const tokenLife = 24 * 3_600_000;

/** The page that a query asks for. @throws AppError INVALID_PARAMETER when it asks in two ways. */
export function pageRequest(query: PageQuery, binding: TokenBinding): PageRequest {
  if (query.page !== undefined && query.offset !== undefined)
    throw new AppError('INVALID_PARAMETER', 'offset and page exclude each other', { details: [{ path: 'page', message: 'not together with offset' }] });
  const limit = query.limit ?? query.per_page ?? 50;
  const offset = query.offset ?? (query.page === undefined ? 0 : (query.page - 1) * limit);
  if (offset > readLimit) throw new AppError('INVALID_PARAMETER', `offset must be at most ${readLimit}`, { details: [{ path: 'offset', message: `at most ${readLimit}` }] });
  return { limit, offset, countTo: query.count === true ? readLimit : defaultCount, token: query.page_token, binding };
}

type TokenContent = { readonly cursor: string; readonly total: number; readonly capped: boolean; readonly until: number };

const signature = (binding: TokenBinding, content: string): Buffer => createHmac('sha256', binding.key).update(`${binding.scope}\n${content}`).digest();

function sealToken(binding: TokenBinding, content: Omit<TokenContent, 'until'>): string {
  const payload = Buffer.from(JSON.stringify({ ...content, until: binding.now + tokenLife })).toString('base64url');
  return `${payload}.${signature(binding, payload).toString('base64url')}`;
}

const badToken = (): AppError => new AppError('INVALID_PAGE_TOKEN', 'page_token is not one of this list, or has expired');

function openToken(binding: TokenBinding, token: string): TokenContent {
  const [payload = '', mac = ''] = token.split('.');
  const given = Buffer.from(mac, 'base64url');
  const wanted = signature(binding, payload);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw badToken();
  const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenContent;
  if (content.until < binding.now) throw badToken();
  return content;
}

export type PageSource<Item> = {
  readonly read: (range: Range) => Promise<Slice<Item>>;
  readonly keep?: (item: Item) => boolean;
};

type Reading<Item> = { readonly items: Item[]; matched: number; examined: number; next: string | undefined; more: boolean };

/**
 * One page of a partition: skips, filters and counts within the reading limit. A later page goes on
 * behind the token's cursor and keeps the count of the first.
 * @throws AppError INVALID_PAGE_TOKEN
 */
export async function readPage<Item>(request: PageRequest, source: PageSource<Item>): Promise<Page<Item>> {
  const earlier = request.token === undefined ? undefined : openToken(request.binding, request.token);
  const skip = earlier === undefined ? request.offset : 0;
  const enough = earlier === undefined ? Math.max(request.countTo, skip + request.limit) : skip + request.limit;
  const reading: Reading<Item> = { items: [], matched: 0, examined: 0, next: earlier?.cursor, more: true };
  let cursor = earlier?.cursor;
  while (reading.more && reading.examined < readLimit && reading.matched <= enough) {
    const slice = await source.read({ limit: source.keep === undefined ? Math.min(1_000, enough - reading.matched + 1) : 1_000, ...(cursor === undefined ? {} : { after: cursor }) });
    take(reading, slice, source.keep, { skip, limit: request.limit });
    cursor = slice.cursor;
    reading.more = cursor !== undefined;
  }
  const pageIsFull = reading.items.length === request.limit;
  const next = pageIsFull ? (reading.more || reading.matched > skip + request.limit ? reading.next : undefined) : cursor;
  const total = earlier?.total ?? Math.min(reading.matched, request.countTo);
  const capped = earlier?.capped ?? (reading.more || reading.matched > request.countTo);
  return {
    items: reading.items, total, capped, limit: request.limit, offset: request.offset,
    nextToken: next === undefined ? '' : sealToken(request.binding, { cursor: next, total, capped }),
  };
}

/** Counts a slice and takes what belongs on the page; `next` follows the last item taken. */
function take<Item>(reading: Reading<Item>, slice: Slice<Item>, keep: PageSource<Item>['keep'], { skip, limit }: { skip: number; limit: number }): void {
  for (const [position, item] of slice.items.entries()) {
    reading.examined += 1;
    if (keep !== undefined && !keep(item)) continue;
    reading.matched += 1;
    if (reading.matched <= skip || reading.items.length === limit) continue;
    reading.items.push(item);
    reading.next = slice.cursorAt(position);
  }
}
