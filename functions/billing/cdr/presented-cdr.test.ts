import { expect, test } from 'vitest';
import { omit } from '#schema/omit.ts';
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
  expect(shown.org_id).toBe('org_1001');
});

test('a rating shows what its period had used before the call, or null if its charge does not depend on that', () => {
  const independent = omit(filedCdr.rating, 'usage_before');
  const wholesale = { ...filedCdr.rating, usage_before: { seconds: 7, includedSeconds: 5 } };
  const shown = (rating: typeof filedCdr.rating) =>
    CdrAnswer.parse(presentCdr({ ...filedCdr, rating }, everything)).rating;
  expect(shown({ ...filedCdr.rating, usage_before: { seconds: 90, includedSeconds: 60 } }).usage_before).toEqual({
    seconds: 90,
    included_seconds: 60,
  });
  expect(shown(independent).usage_before).toBeNull();
  expect(shown({ ...independent, wholesale }).wholesale?.usage_before).toEqual({ seconds: 7, included_seconds: 5 });
});

test('former ratings are shown by the same rules', () => {
  const shown = CdrAnswer.parse(presentCdr(filedCdr, nothing));
  expect(shown.rating_history).toHaveLength(1);
  expect(shown.rating_history[0]).not.toHaveProperty('cost');
  expect(shown.rating_history[0]?.usage_before).toEqual({ seconds: 0, included_seconds: 0 });
});
