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
/** Milliseconds. */
const tokenLife = 24 * 3_600_000;
/** Bytes of an answer's items; Lambda's own limit is 6 MB for all of it. */
const answerLimit = 4_000_000;
const largestSlice = 1_000;

/** The page that a query asks for. @throws AppError INVALID_PARAMETER when it asks in two ways. */
export function pageRequest(query: PageQuery, binding: TokenBinding): PageRequest {
  if (query.page !== undefined && query.offset !== undefined)
    throw new AppError('INVALID_PARAMETER', 'offset and page exclude each other', {
      details: [{ path: 'page', message: 'not together with offset' }],
    });
  const limit = query.limit ?? query.per_page ?? 50;
  const offset = query.offset ?? (query.page === undefined ? 0 : (query.page - 1) * limit);
  if (offset > readLimit)
    throw new AppError('INVALID_PARAMETER', `offset must be at most ${readLimit}`, {
      details: [{ path: 'offset', message: `at most ${readLimit}` }],
    });
  return { limit, offset, countTo: query.count === true ? readLimit : defaultCount, token: query.page_token, binding };
}

type TokenContent = {
  readonly cursor: string;
  /** Matches still to be passed over, where reading stopped before the first page began. */
  readonly skip: number;
  readonly total: number;
  readonly capped: boolean;
  readonly until: number;
};

const signature = (binding: TokenBinding, content: string): string =>
  createHmac('sha256', binding.key).update(`${binding.scope}\n${content}`).digest('base64url');

function sealToken(binding: TokenBinding, content: Omit<TokenContent, 'until'>): string {
  const payload = Buffer.from(JSON.stringify({ ...content, until: binding.now + tokenLife })).toString('base64url');
  return `${payload}.${signature(binding, payload)}`;
}

const badToken = (): AppError =>
  new AppError('INVALID_PAGE_TOKEN', 'page_token is not one of this list, or has expired');

function openToken(binding: TokenBinding, token: string): TokenContent {
  const [payload = '', ...rest] = token.split('.');
  // Texts are compared, not what they stand for: base64 has several spellings of one value.
  const given = Buffer.from(rest.join('.'));
  const wanted = Buffer.from(signature(binding, payload));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw badToken();
  const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenContent;
  if (content.until < binding.now) throw badToken();
  return content;
}

export type PageSource<Item> = {
  readonly read: (range: Range) => Promise<Slice<Item>>;
  readonly keep?: ((item: Item) => boolean) | undefined;
  /**
   * Where nothing is filtered: how many there are, up to a limit, without reading them. Asked beside the first page.
   */
  readonly count?: ((limit: number) => Promise<number>) | undefined;
};

/** What the items of a page lead to. */
type Behind<Item, Shown> = (items: readonly Item[]) => Promise<readonly Shown[]>;

/**
 * One page of a partition: skips, filters and counts within the reading limit. A later page goes on
 * behind the token's cursor and keeps the count of the first.
 * @throws AppError INVALID_PAGE_TOKEN
 */
export const readPage = <Item>(request: PageRequest, source: PageSource<Item>): Promise<Page<Item>> =>
  readPointerPage(request, source, async (items) => items);

/** A page of pointers as what they lead to, while all are counted. @throws AppError INVALID_PAGE_TOKEN */
export async function readPointerPage<Item, Shown>(
  request: PageRequest,
  source: PageSource<Item>,
  behind: Behind<Item, Shown>,
): Promise<Page<Shown>> {
  const earlier = request.token === undefined ? undefined : openToken(request.binding, request.token);
  const wanted = { skip: earlier?.skip ?? request.offset, limit: request.limit };
  const counted = earlier === undefined ? countOf(source, request.countTo) : undefined;
  const read = readOn(
    source,
    { ...wanted, countTo: earlier !== undefined || counted !== undefined ? 0 : request.countTo },
    earlier?.cursor,
  );
  const [reading, items, tally] = await Promise.all([read, read.then((reading) => behind(reading.items)), counted]);
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

/** How many match, where the source counts by itself. */
const countOf = (
  { keep, count }: Pick<PageSource<never>, 'keep' | 'count'>,
  countTo: number,
): Promise<number> | undefined => (keep === undefined ? count?.(countTo + 1) : undefined);

/** Where the page is all, it is right: a count of an index may be late. */
const knownOf = (countTo: number, reading: Reading<unknown>, matched: number | undefined): Tally =>
  tallyOf(countTo, matched === undefined || reading.ended ? reading : { matched, ended: true });

type Tally = Pick<TokenContent, 'total' | 'capped'>;

/** How many match, and whether there may be more than were counted. */
const tallyOf = (countTo: number, { matched, ended }: Pick<Reading<unknown>, 'matched' | 'ended'>): Tally => ({
  total: Math.min(matched, countTo),
  capped: !ended || matched > countTo,
});

type Wanted = { readonly skip: number; readonly limit: number; readonly countTo: number };

type Reading<Item> = {
  readonly items: Item[];
  /** Items that match, those before and behind the page among them. */
  matched: number;
  examined: number;
  /** Bytes of the page's items as JSON. */
  size: number;
  /** Behind the page's last item. */
  behindPage: string;
  /** Behind all that was examined. */
  cursor: string | undefined;
  ended: boolean;
};

const isFull = ({ items, size }: Reading<unknown>, { limit }: Pick<Wanted, 'limit'>): boolean =>
  items.length === limit || size > answerLimit;

/**
 * Reads until the page is full and the count done, or a request may read no more; one item beyond each limit tells
 * whether there is more.
 */
async function readOn<Item>(
  { read, keep }: PageSource<Item>,
  wanted: Wanted,
  from: string | undefined,
): Promise<Reading<Item>> {
  const reading: Reading<Item> = {
    items: [],
    matched: 0,
    examined: 0,
    size: 0,
    behindPage: '',
    cursor: from,
    ended: false,
  };
  const enough = Math.max(wanted.countTo, wanted.skip + wanted.limit);
  while (!reading.ended && reading.examined <= readLimit && reading.matched <= enough) {
    const missing = keep === undefined ? enough - reading.matched + 1 : largestSlice;
    const limit = Math.min(missing, largestSlice, readLimit - reading.examined + 1);
    const slice = await read({ limit, ...(reading.cursor === undefined ? {} : { after: reading.cursor }) });
    take(reading, slice, keep, wanted);
    reading.cursor = slice.cursor;
    reading.ended = slice.cursor === undefined;
  }
  return reading;
}

/** Counts a slice and takes what belongs on the page, the item with which it becomes too large among them. */
function take<Item>(reading: Reading<Item>, slice: Slice<Item>, keep: PageSource<Item>['keep'], wanted: Wanted): void {
  for (const [position, item] of slice.items.entries()) {
    reading.examined += 1;
    if (keep !== undefined && !keep(item)) continue;
    reading.matched += 1;
    if (reading.matched <= wanted.skip || isFull(reading, wanted)) continue;
    reading.items.push(item);
    reading.size += sizeOf(item);
    reading.behindPage = slice.cursorAt(position);
  }
}

/** Bytes, amounts of money (which JSON has not) as text. */
const sizeOf = (item: unknown): number =>
  Buffer.byteLength(JSON.stringify(item, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));

/** Where the next page goes on; undefined behind the last one. */
function continuation(
  reading: Reading<unknown>,
  wanted: Omit<Wanted, 'countTo'>,
): Pick<TokenContent, 'cursor' | 'skip'> | undefined {
  const { items, matched, behindPage, cursor } = reading;
  const skipped = Math.min(wanted.skip, matched);
  if (isFull(reading, wanted))
    return matched > skipped + items.length || cursor !== undefined ? { cursor: behindPage, skip: 0 } : undefined;
  return cursor === undefined ? undefined : { cursor, skip: wanted.skip - skipped };
}
