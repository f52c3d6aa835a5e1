import { describe, expect, test } from 'vitest';
import { examples } from './examples.ts';
import { assignNumber, newInventoryNumber } from './number.ts';
import { commonPrefix, filtersOf, matchesSearch, NumberSearch } from './search.ts';

const now = '2026-11-20T10:00:00.000Z';
const number = assignNumber(
  newInventoryNumber(
    { country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] },
    { id: 'num_1', number: '+46890510', now },
  ),
  {},
  { organization: 1_001, now },
);

describe('a search', () => {
  const search = (wanted: object) => NumberSearch.parse(wanted);

  test('reads numbers with the prefix, or with the calling code of the country', () => {
    expect(
      [{}, { country: 'SE' }, { country: 'SE', prefix: '468' }, { country: 'SE', prefix: '4' }].map((each) =>
        commonPrefix(search(each)),
      ),
    ).toEqual(['+', '+46', '+468', '+46']);
  });

  test.each([
    [{}, true],
    [{ country: 'SE' }, true],
    [{ country: 'NO' }, false],
    [{ type: 'mobile' }, false],
    [{ contains: '905' }, true],
    [{ contains: '111' }, false],
    [{ capabilities: ['sms'] }, true],
    [{ capabilities: ['fax'] }, false],
    [{ state: 'released' }, false],
    [{ route_type: 'user' }, true],
    [{ route_type: 'trunk' }, false],
    [{ label: 'SALE' }, true],
    [{ label: 'x' }, false],
    [{ prefix: '47' }, false],
  ])('for %o finds the number: %s', (wanted, expected) => {
    expect(matchesSearch(search(wanted))({ ...number, label: 'Sales', route: { type: 'user', id: 'usr_1' } })).toBe(
      expected,
    );
  });
});

test('a search of the examples is accepted, and reads own numbers by default', () => {
  expect(NumberSearch.parse(examples.searchNumbers).scope).toBe('available');
  expect(NumberSearch.parse({})).toMatchObject({ scope: 'own', sort: 'number' });
});

test('a page token is valid for another page of the same filters only', () => {
  const filters = (wanted: object) => JSON.stringify(filtersOf(NumberSearch.parse(wanted)));
  expect(filters({ prefix: '46', limit: 10, page: 2, count: true })).toBe(filters({ prefix: '46', page_token: 'x' }));
  expect(filters({ prefix: '46' })).not.toBe(filters({ prefix: '47' }));
});
