import { expect, test } from 'vitest';
import { filedCdr } from './filed-cdr.fixture.ts';
import { CdrAnswer, ListedCdr, presentCdr, presentListed, sightOf } from './presented-cdr.ts';

const everything = { wholesale: true, cost: true };
const nothing = { wholesale: false, cost: false };

test('the operator sees wholesale prices and costs, a reseller wholesale prices, a customer neither', () => {
  expect(sightOf({ organization: 1000, reach: 'all' }, 1000)).toEqual(everything);
  expect(sightOf({ organization: 1000, reach: 'own' }, 1000)).toEqual(everything);
  expect(sightOf({ organization: 1001, reach: 'children' }, 1000)).toEqual({ wholesale: true, cost: false });
  expect(sightOf({ organization: 1001, reach: 'own' }, 1000)).toEqual(nothing);
});

test('a price that the caller does not see is absent, not null', () => {
  const shown = ListedCdr.parse(presentListed(filedCdr, nothing));
  expect(shown).not.toHaveProperty('cost');
  expect(shown.rating).not.toHaveProperty('cost');
  expect(shown.rating).not.toHaveProperty('wholesale');
  expect(ListedCdr.parse(presentListed(filedCdr, everything))).toMatchObject({
    cost: '0.0400',
    rating: { cost: '0.0400', wholesale: null },
  });
});

test('internal fields are not shown', () => {
  const shown = CdrAnswer.parse(presentCdr(filedCdr, everything));
  for (const name of ['content_hash', 'received_as', 'shard', 'caller_party', 'organization'])
    expect(shown).not.toHaveProperty(name);
  expect(shown.rating).not.toHaveProperty('usage_before');
  expect(shown.org_id).toBe('org_1001');
});

test('former ratings are shown by the same rules', () => {
  const shown = CdrAnswer.parse(presentCdr(filedCdr, nothing));
  expect(shown.rating_history).toHaveLength(1);
  expect(shown.rating_history[0]).not.toHaveProperty('cost');
});
