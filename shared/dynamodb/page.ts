import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { PageQuery } from '../schema/query.ts';
import { day, second } from '../schema/time.ts';
import type { Range, Slice } from './table.ts';

/** A requested page of a list, and what its page tokens are bound to (shared/http/README.md, "Lists"). */
export type PageRequest = {
  readonly limit: number;
  readonly offset: number;
  /** Where counting stops: 1,000, or 10,000 with `count=true`. */
  readonly countTo: number;
  readonly token: string | undefined;
  readonly binding: TokenBinding;
};

type TokenBinding = {
  /** HMAC key of the caller's organization. */
  readonly key: string;
  /** Identifies the list: organization, path and filters as one text. */
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

/** Items that a request reads at most, including those that a filter removes, once its page has one. */
const readLimit = 10_000;
/**
 * Milliseconds for which a request without a match reads on, as an empty page looks like the end of a list. API Gateway
 * ends a request after 30 s.
 */
const searchTime = 15 * second;
const defaultCount = 1_000;
const defaultLimit = 50;
/** Milliseconds. */
const tokenTtl = day;
/** Bytes of the items of an answer. Lambda limits the whole answer to 6 MB. */
const answerLimit = 4_000_000;
const maxSlice = 1_000;

/** The page that a query requests. @throws AppError INVALID_PARAMETER for `page` with `offset`, or a large offset */
export function pageRequest(query: PageQuery, binding: TokenBinding): PageRequest {
  if (query.page !== undefined && query.offset !== undefined)
    throw new AppError('INVALID_PARAMETER', 'Use either page or offset, not both', {
      details: [{ path: 'page', message: 'cannot be combined with offset' }],
    });
  const limit = query.limit ?? query.per_page ?? defaultLimit;
  const offset = query.offset ?? (query.page === undefined ? 0 : (query.page - 1) * limit);
  if (offset > readLimit)
    throw new AppError('INVALID_PARAMETER', `offset must be at most ${readLimit}; use page_token to go further`, {
      details: [{ path: 'offset', message: `must be at most ${readLimit}` }],
    });
  return { limit, offset, countTo: query.count === true ? readLimit : defaultCount, token: query.page_token, binding };
}

type TokenContent = {
  readonly cursor: string;
  /** Matches still to skip, if reading stopped before the offset was reached. */
  readonly skip: number;
  readonly total: number;
  readonly capped: boolean;
  /** Unix milliseconds. */
  readonly until: number;
};

const signature = (binding: TokenBinding, content: string): string =>
  createHmac('sha256', binding.key).update(`${binding.scope}\n${content}`).digest('base64url');

function sealToken(binding: TokenBinding, content: Omit<TokenContent, 'until'>): string {
  const payload = Buffer.from(JSON.stringify({ ...content, until: binding.now + tokenTtl })).toString('base64url');
  return `${payload}.${signature(binding, payload)}`;
}

const invalidToken = (): AppError =>
  new AppError(
    'INVALID_PAGE_TOKEN',
    'page_token is not valid for this list or has expired; start again from the first page',
  );

function openToken(binding: TokenBinding, token: string): TokenContent {
  const [payload = '', ...rest] = token.split('.');
  // The texts are compared, not the decoded bytes, because base64 has several spellings of one value.
  const given = Buffer.from(rest.join('.'));
  const wanted = Buffer.from(signature(binding, payload));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw invalidToken();
  const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenContent;
  if (content.until < binding.now) throw invalidToken();
  return content;
}

export type PageSource<Item> = {
  readonly read: (range: Range) => Promise<Slice<Item>>;
  /** Filters items after they are read. */
  readonly keep?: ((item: Item) => boolean) | undefined;
  /** Counts items up to a limit without reading them, if there is no filter. Called together with the first page. */
  readonly count?: ((limit: number) => Promise<number>) | undefined;
  /** Bytes by which an item that is loaded grows beyond the one that is read, as JSON. */
  readonly grows?: ((item: Item) => number) | undefined;
};

/** Loads what pointers point to. */
type LoadTargets<Item, Shown> = (items: readonly Item[]) => Promise<readonly Shown[]>;

/**
 * Reads one page of a source: skips, filters and counts within the read limit. A later page continues after the token's
 * cursor, with the total of the first page.
 * @throws AppError INVALID_PAGE_TOKEN
 */
export const readPage = <Item>(request: PageRequest, source: PageSource<Item>): Promise<Page<Item>> =>
  readPointerPage(request, source, async (items) => items);

/** Reads the requested pages of a source, with the items that a filter keeps. */
export const readPages =
  <Item>(read: PageSource<Item>['read']) =>
  (request: PageRequest, keep: (item: Item) => boolean): Promise<Page<Item>> =>
    readPage(request, { read, keep });

/** Reads a page of pointers and loads the items that they point to. @throws AppError INVALID_PAGE_TOKEN */
export async function readPointerPage<Item, Shown>(
  request: PageRequest,
  source: PageSource<Item>,
  load: LoadTargets<Item, Shown>,
): Promise<Page<Shown>> {
  const earlier = request.token === undefined ? undefined : openToken(request.binding, request.token);
  const wanted = { skip: earlier?.skip ?? request.offset, limit: request.limit };
  const counted = earlier === undefined ? countOf(source, request.countTo) : undefined;
  const read = readOn(
    source,
    { ...wanted, countTo: earlier !== undefined || counted !== undefined ? 0 : request.countTo },
    earlier?.cursor,
  );
  const [reading, items, tally] = await Promise.all([read, read.then((reading) => load(reading.items)), counted]);
  const known = earlier ?? knownOf(request.countTo, reading, tally);
  const capped = known.capped || reading.size > answerLimit;
  const next = continuation(reading, wanted);
  return {
    items,
    total: known.total,
    capped,
    limit: request.limit,
    offset: request.offset,
    nextToken: next === undefined ? '' : sealToken(request.binding, { ...next, total: known.total, capped }),
  };
}

/** The number of matches, if the source can count without reading. */
const countOf = (
  { keep, count }: Pick<PageSource<never>, 'keep' | 'count'>,
  countTo: number,
): Promise<number> | undefined => (keep === undefined ? count?.(countTo + 1) : undefined);

/** The total of the first page. If the page is the whole list it is exact; a count of an index may lag behind. */
const knownOf = (countTo: number, reading: Reading<unknown>, matched: number | undefined): Tally =>
  tallyOf(countTo, matched === undefined || reading.ended ? reading : { matched, ended: true });

type Tally = Pick<TokenContent, 'total' | 'capped'>;

/** The number of matches, and whether more may exist than were counted. */
const tallyOf = (countTo: number, { matched, ended }: Pick<Reading<unknown>, 'matched' | 'ended'>): Tally => ({
  total: Math.min(matched, countTo),
  capped: !ended || matched > countTo,
});

type Wanted = { readonly skip: number; readonly limit: number; readonly countTo: number };

type Reading<Item> = {
  readonly items: Item[];
  /** Matches, including those before and after the page. */
  matched: number;
  examined: number;
  /** Bytes of the page's items as JSON. */
  size: number;
  /** The cursor after the page's last item. */
  afterPage: string;
  /** The cursor after the last item that was read. */
  cursor: string | undefined;
  ended: boolean;
};

const isFull = ({ items, size }: Reading<unknown>, { limit }: Pick<Wanted, 'limit'>): boolean =>
  items.length === limit || size > answerLimit;

/**
 * Reads until the page is full and the count is complete, or the read limit is reached and the page has an item. One
 * item beyond each limit shows whether more exist.
 */
async function readOn<Item>(
  source: PageSource<Item>,
  wanted: Wanted,
  from: string | undefined,
): Promise<Reading<Item>> {
  const reading: Reading<Item> = {
    items: [],
    matched: 0,
    examined: 0,
    size: 0,
    afterPage: '',
    cursor: from,
    ended: false,
  };
  const enough = Math.max(wanted.countTo, wanted.skip + wanted.limit);
  const searchEnd = performance.now() + searchTime;
  const mayReadOn = (): boolean =>
    reading.examined <= readLimit || (reading.items.length === 0 && performance.now() < searchEnd);
  while (!reading.ended && mayReadOn() && reading.matched <= enough) {
    const missing = source.keep === undefined ? enough - reading.matched + 1 : maxSlice;
    const left = readLimit - reading.examined + 1;
    const limit = Math.min(missing, maxSlice, left > 0 ? left : maxSlice);
    const slice = await source.read({ limit, ...(reading.cursor === undefined ? {} : { after: reading.cursor }) });
    reading.examined += slice.hidden ?? 0;
    take(reading, slice, source, wanted);
    reading.cursor = slice.cursor;
    reading.ended = slice.cursor === undefined;
  }
  return reading;
}

/** Counts a slice and adds its items to the page, up to and including the one that makes the page too large. */
function take<Item>(
  reading: Reading<Item>,
  slice: Slice<Item>,
  { keep, grows }: PageSource<Item>,
  wanted: Wanted,
): void {
  for (const [position, item] of slice.items.entries()) {
    reading.examined += 1;
    if (keep !== undefined && !keep(item)) continue;
    reading.matched += 1;
    if (reading.matched <= wanted.skip || isFull(reading, wanted)) continue;
    reading.items.push(item);
    reading.size += sizeOf(item) + (grows?.(item) ?? 0);
    reading.afterPage = slice.cursorAt(position);
  }
}

/** Bytes of an item as JSON, with a BigInt as text. */
const sizeOf = (item: unknown): number =>
  Buffer.byteLength(
    JSON.stringify(item, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );

/** Where the next page starts; undefined after the last one. */
function continuation(
  reading: Reading<unknown>,
  wanted: Omit<Wanted, 'countTo'>,
): Pick<TokenContent, 'cursor' | 'skip'> | undefined {
  const { items, matched, afterPage, cursor } = reading;
  const skipped = Math.min(wanted.skip, matched);
  if (isFull(reading, wanted))
    return matched > skipped + items.length || cursor !== undefined ? { cursor: afterPage, skip: 0 } : undefined;
  return cursor === undefined ? undefined : { cursor, skip: wanted.skip - skipped };
}
