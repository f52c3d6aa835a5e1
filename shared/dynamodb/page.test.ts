import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { storeToys, toyRow, toys, type Toy } from '#test/support/toys.fixture.ts';
import type { PageQuery } from '../schema/query.ts';
import { pageRequest, readPage, type Page, type PageSource } from './page.ts';
import { tableFor, type Range, type Slice } from './table.ts';

const noon = Date.parse('2026-11-20T12:00:00Z');
const binding = { key: 'key of organization 1001', scope: '[1001,"GET /toys",{},[]]', now: noon };

/** An organization with five toys, and one with more than a request may read. */
const [few, many] = [1001, 1002];
const running = testStore();
beforeAll(async () => {
  await storeToys(running.store, few, toys(5));
  await storeToys(running.store, many, toys(10_050));
});

const toysOf = (organization: number, keep?: (toy: Toy) => boolean): PageSource<Toy> => ({
  read: (range) => tableFor<'trunk'>(running.store, organization).query(toyRow, {}, range),
  ...(keep === undefined ? {} : { keep }),
});

/**
 * Returns slices like DynamoDB: without a cursor if it reaches the end before the limit, with one if both coincide.
 */
function listOf(items: readonly Toy[]): PageSource<Toy>['read'] {
  return async ({ limit = 1_000, after }: Range): Promise<Slice<Toy>> => {
    const from = after === undefined ? 0 : Number(after);
    const found = items.slice(from, from + limit);
    return {
      items: found,
      cursor: found.length === limit ? String(from + limit) : undefined,
      cursorAt: (position) => String(from + position + 1),
    };
  };
}

const exactly: PageSource<Toy> = { read: listOf(toys(10_000)) };
const beyond: PageSource<Toy> = { read: listOf(toys(10_001)) };

const pageOf = (source: PageSource<Toy>, query: PageQuery = {}): Promise<Page<Toy>> =>
  readPage(pageRequest(query, binding), source);
const numbers = ({ items }: Page<Toy>): number[] => items.map(({ id }) => Number(id.slice('trunk_'.length)));

/** All pages of a list, from the first to the one without a token. */
async function walk(source: PageSource<Toy>, query: PageQuery): Promise<Page<Toy>[]> {
  const pages = [await pageOf(source, query)];
  for (let token = pages[0]!.nextToken; token !== ''; token = pages.at(-1)!.nextToken)
    pages.push(await pageOf(source, { limit: query.limit, page_token: token }));
  return pages;
}

describe('a page', () => {
  test('has fifty items, newest first, by default', async () => {
    const page = await pageOf(toysOf(few));
    expect(numbers(page)).toEqual([5, 4, 3, 2, 1]);
    expect(page).toMatchObject({ total: 5, capped: false, limit: 50, offset: 0, nextToken: '' });
    expect((await pageOf(toysOf(many))).items).toHaveLength(50);
  });

  test('starts at its offset or its page number', async () => {
    expect(numbers(await pageOf(toysOf(few), { offset: 2, limit: 2 }))).toEqual([3, 2]);
    expect(numbers(await pageOf(toysOf(few), { page: 3, per_page: 2 }))).toEqual([1]);
    expect(await pageOf(toysOf(few), { offset: 7 })).toMatchObject({
      items: [],
      total: 5,
      capped: false,
      nextToken: '',
    });
  });

  test('has no token at the end of the list', async () => {
    expect((await pageOf(toysOf(few), { limit: 5 })).nextToken).toBe('');
    expect((await pageOf(toysOf(few), { limit: 4 })).nextToken).not.toBe('');
  });

  test('of an index continues after its token, too', async () => {
    const odd: PageSource<Toy> = {
      read: (range) =>
        tableFor<'trunk@GSI1'>(running.store, few).queryIndex(toyRow, 'GSI1', [String(few), 'odd'], range),
    };
    expect((await walk(odd, { limit: 2 })).map(numbers)).toEqual([[5, 3], [1]]);
  });

  test.each<[PageQuery, string]>([
    [{ page: 2, offset: 3 }, 'page'],
    [{ page: 10_000, limit: 500 }, 'offset'],
  ])('is not requested by %j', (query, path) => {
    expect(() => pageRequest(query, binding)).toThrow(
      expect.objectContaining({ code: 'INVALID_PARAMETER', details: [expect.objectContaining({ path })] }),
    );
  });
});

describe('the total', () => {
  test('counts up to 1,000 and shows that there are more', async () => {
    expect(await pageOf(toysOf(many))).toMatchObject({ total: 1_000, capped: true });
  });

  test('counts up to and including 10,000 on request', async () => {
    expect(await pageOf(exactly, { count: true })).toMatchObject({ total: 10_000, capped: false });
    expect(await pageOf(beyond, { count: true })).toMatchObject({ total: 10_000, capped: true });
  });

  test('stays that of the first page', async () => {
    const pages = await walk(toysOf(few), { limit: 2 });
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5]);
  });

  test('counts the items that pass the filter', async () => {
    expect(await pageOf(toysOf(few, ({ kind }) => kind === 'even'))).toMatchObject({ total: 2, capped: false });
  });
});

describe('a source that can count', () => {
  const source = (organization: number): PageSource<Toy> => ({
    ...toysOf(organization),
    count: (limit) => tableFor<'trunk'>(running.store, organization).count(toyRow, {}, { limit }),
  });

  test('is read for the page only, with the same total as a source that is read', async () => {
    for (const organization of [few, many]) {
      for (const query of [{}, { limit: 2, offset: 4 }, { count: true, limit: 1 }]) {
        let read = 0;
        const counting = source(organization);
        const page = await pageOf(
          {
            ...counting,
            read: async (range) => {
              const slice = await counting.read(range);
              read += slice.items.length;
              return slice;
            },
          },
          query,
        );
        const { nextToken, ...plain } = await pageOf(toysOf(organization), query);
        expect(page).toMatchObject(plain);
        expect(page.nextToken === '').toBe(nextToken === '');
        expect(read).toBeLessThanOrEqual(page.offset + page.limit + 1);
      }
    }
  });

  test('is not used if the first page is the whole list, nor for later pages', async () => {
    let asked = 0;
    const late = (organization: number): PageSource<Toy> => ({
      ...source(organization),
      count: async () => (asked += 1),
    });
    expect(await pageOf(late(few))).toMatchObject({ total: 5, capped: false });
    const { nextToken } = await pageOf(late(few), { limit: 4 });
    await pageOf(late(few), { limit: 4, page_token: nextToken });
    expect(asked).toBe(2);
  });

  test('keeps the total of its first page', async () => {
    const pages = await walk(source(few), { limit: 2 });
    expect(pages.flatMap(numbers)).toEqual([5, 4, 3, 2, 1]);
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5]);
  });
});

describe('a request reads at most 10,000 items', () => {
  const oldest = toysOf(many, ({ id }) => id <= 'trunk_000020');
  const ends = toysOf(many, ({ id }) => id <= 'trunk_000020' || id === 'trunk_010050');

  test('so a filtered page may be short', async () => {
    const pages = await walk(ends, { limit: 50 });
    expect(pages.map(numbers)).toEqual([[10_050], Array.from({ length: 20 }, (_, at) => 20 - at)]);
    expect(pages[0]).toMatchObject({ total: 1, capped: true });
  });

  test('but reads on until its page has an item, so that only the last page may be empty', async () => {
    const pages = await walk(oldest, { limit: 50, offset: 15 });
    expect(pages.map(numbers)).toEqual([[5, 4, 3, 2, 1]]);
    expect(
      await walk(
        toysOf(many, () => false),
        { limit: 50 },
      ),
    ).toMatchObject([{ items: [], nextToken: '' }]);
  });

  test('and a page at that limit is complete', async () => {
    expect(numbers(await pageOf(beyond, { offset: 9_998, limit: 2 }))).toEqual([9_999, 10_000]);
    expect((await pageOf(beyond, { offset: 9_950 })).nextToken).not.toBe('');
    expect(await pageOf(exactly, { offset: 9_950 })).toMatchObject({ nextToken: '' });
  });
});

test('all pages together are the filtered list from its offset, each item once', async () => {
  const sizes = {
    count: fc.nat(120),
    every: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 1, max: 30 }),
    offset: fc.nat(40),
  };
  await fc.assert(
    fc.asyncProperty(fc.record(sizes), async ({ count, every, limit, offset }) => {
      const list = toys(count);
      const keep = ({ id }: Toy): boolean => Number(id.slice('trunk_'.length)) % every === 0;
      const pages = await walk({ read: listOf(list), keep }, { limit, offset });
      expect(pages.flatMap(numbers)).toEqual(
        list
          .filter(keep)
          .slice(offset)
          .map(({ id }) => Number(id.slice('trunk_'.length))),
      );
      expect(pages.slice(0, -1).every(({ items }) => items.length === limit)).toBe(true);
      expect(pages.every(({ total }) => total === list.filter(keep).length)).toBe(true);
    }),
  );
});

test('an answer has at most 4 MB of items, and a token for more', async () => {
  const large = toys(30).map((each) => ({ ...each, name: 'x'.repeat(300_000), price: 5n }));
  const pages = await walk({ read: listOf(large) }, { limit: 500 });
  expect(pages.map(({ items }) => items.length)).toEqual([14, 14, 2]);
  expect(pages[0]).toMatchObject({ capped: true });
});

describe('a page token', () => {
  const token = async (): Promise<string> => (await pageOf(toysOf(few), { limit: 2 })).nextToken;
  const reopen = (page_token: string, other: Partial<typeof binding>) =>
    readPage(pageRequest({ page_token }, { ...binding, ...other }), toysOf(few));
  const rejected = { code: 'INVALID_PAGE_TOKEN', status: 400 };

  test.each<[string, Partial<typeof binding>]>([
    ["another organization's key", { key: 'key of organization 1002' }],
    ['another organization, path or filter', { scope: '[1002,"GET /toys",{},[]]' }],
    ['a day and a millisecond later', { now: noon + 24 * 3_600_000 + 1 }],
  ])('is rejected with %s', async (_title, other) => {
    await expect(reopen(await token(), other)).rejects.toMatchObject(rejected);
  });

  test('is valid for a day', async () => {
    await expect(reopen(await token(), { now: noon + 24 * 3_600_000 })).resolves.toMatchObject({ total: 5 });
  });

  test('is accepted only exactly as it was issued', async () => {
    const given = await token();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(given.length - 1),
        fc.constantFrom('A', 'B', 'a', 'b', '0', '9', '-', '_', '.', '='),
        async (at, letter) => {
          fc.pre(given[at] !== letter);
          await expect(reopen(`${given.slice(0, at)}${letter}${given.slice(at + 1)}`, {})).rejects.toMatchObject(
            rejected,
          );
        },
      ),
      { numRuns: 60 },
    );
    for (const odd of ['', '.', given.slice(0, -1), `${given}.`, `${given}x`, 'a.b.c'])
      await expect(reopen(odd, {})).rejects.toMatchObject(rejected);
  });
});
