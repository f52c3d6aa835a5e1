import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startService } from '#test/support/service.fixture.ts';
import { ask } from '#test/support/toy-shop.fixture.ts';
import { toy, toyRow } from '#test/support/toys.fixture.ts';
import { reads, writes } from '../../contract/effects.ts';
import { endpoint } from '../../contract/endpoint.ts';
import type { Owner } from '../../contract/owner.ts';
import { resource } from '../../contract/resource.ts';
import type { Scope } from '../../contract/scopes.ts';
import { commit } from '../../dynamodb/commit.ts';
import { row } from '../../dynamodb/row.ts';
import { tableFor } from '../../dynamodb/table.ts';
import { create, overwrite, remove } from '../../dynamodb/write.ts';
import { IdInUrl } from '../../schema/values.ts';
import { commits, ok } from '../answers/answer.ts';
import { serve } from '../serve.ts';
import { coversRecord, limitOf, ownRecordsOf } from './own-records.ts';

const limited = { id: 'usr_1', ownOnly: new Set(['telephony:write'] as const) };

test.each([
  ['its own', 'telephony:write', 'usr_1', true],
  ["another user's", 'telephony:write', 'usr_2', false],
  ["no user's", 'telephony:write', null, false],
  ["another user's, by a scope without the limit", 'telephony:read', 'usr_2', true],
] as const)('a caller limited to its own records has %s: %#', (_whose, scope, user, isCovered) => {
  const own = ownRecordsOf(limited, scope);
  expect([coversRecord(limited, scope, user), own.covers(user)]).toEqual([isCovered, isCovered]);
  const check = () => own.assertCovers(user);
  if (isCovered) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' }));
});

test('the only user of a limited caller is the caller', () => {
  expect(ownRecordsOf(limited, 'telephony:write').limitedTo).toBe('usr_1');
  expect(ownRecordsOf(limited, 'telephony:read').limitedTo).toBeNull();
  expect(ownRecordsOf(undefined, 'public').limitedTo).toBeNull();
});

describe('the limit of an endpoint', () => {
  const deviceRow = row<'device', { id: string; user_id: string | null }, { id: string }>('device', {
    sort: ({ id }) => id,
  });
  const put = (user: string | null) => create(deviceRow, { id: 'dev_1', user_id: user });
  const of = (owner: Owner) => limitOf(owner, limited, 'telephony:write');
  const rejected = expect.objectContaining({ code: 'INSUFFICIENT_SCOPE' });

  test('hides items of other users and of none, and rejects to write such', () => {
    const limit = of({ user: { device: 'user_id' } });
    const isOwn = (user: string | null) => limit?.isOwn('device', { user_id: user });
    expect([isOwn('usr_1'), isOwn('usr_2'), isOwn(null), limit?.isOwn('device', {})]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(() => limit?.assertOwn([put('usr_1'), remove(deviceRow, { id: 'dev_1' })])).not.toThrow();
    for (const user of ['usr_2', null]) expect(() => limit?.assertOwn([put('usr_1'), put(user)])).toThrow(rejected);
  });

  test('leaves items of entities alone that no field names', () => {
    const limit = of({ user: { mobile: 'user_id' } });
    expect(limit?.isOwn('device', { user_id: 'usr_2' })).toBe(true);
    expect(() => limit?.assertOwn([put('usr_2')])).not.toThrow();
  });

  test('hides everything of an organization, and rejects to write anything', () => {
    const limit = of('organization');
    expect(limit?.isOwn('device', { user_id: 'usr_1' })).toBe(false);
    expect(() => limit?.assertOwn([])).toThrow(rejected);
  });

  test('is none for callers with a full scope, and where the handler finds the user', () => {
    expect(limitOf('organization', limited, 'telephony:read')).toBeUndefined();
    expect(limitOf('organization', undefined, 'public')).toBeUndefined();
    expect([of('found'), of({ none: 'reason' })]).toEqual([undefined, undefined]);
  });
});

describe('an endpoint answers a limited caller', () => {
  const spec = {
    summary: 'Toy',
    scope: 'telephony:read',
    params: { id: IdInUrl },
    answers: { 200: z.object({ found: z.boolean() }) },
    errors: [],
    effects: [reads('trunk')],
  } as const;
  const shared = endpoint('GET /shared/{id}', { ...spec, owner: 'organization' });
  const careless = endpoint('GET /careless/{id}', { ...spec, owner: 'found' });
  const careful = endpoint('GET /careful/{id}', { ...spec, owner: 'found' });
  const saved = endpoint('PUT /saved/{id}', { ...spec, effects: [writes('trunk')] });
  const shop = resource('toys', {
    area: 'telephony',
    format: 'standard',
    owner: 'organization',
    endpoints: [shared, careless, careful, saved],
  });
  const service = startService((dependencies) =>
    serve(
      shop,
      {
        [shared.route]: async ({ params }, { table }) =>
          ok({ found: (await table.get(toyRow, { id: params.id })) !== undefined }),
        [careless.route]: async () => ok({ found: true }),
        [careful.route]: async ({ own }) => ok({ found: own.covers('usr_other') }),
        [saved.route]: async () => commits([overwrite(toyRow, toy(2))], ok({ found: false })),
      },
      dependencies,
    ),
  );

  const organization = 8_200;
  const stored = () => tableFor<'trunk'>(service.store, organization).get(toyRow, { id: toy(2).id });
  async function ofBoth(route: string) {
    await commit(service.store, organization, [overwrite(toyRow, toy(1))]);
    const answerTo = async (ownOnly: readonly Scope[]) => {
      const token = await service.tenants.join(organization, { session: { own_only: ownOnly } });
      const { status, body } = await ask(service.handler, route, { params: { id: toy(1).id }, token });
      const { data } = body as { readonly data?: { readonly found: boolean } };
      return [status, data?.found];
    };
    return { limited: await answerTo(['telephony:read']), full: await answerTo([]) };
  }

  test('without what its organization owns, which its resource or itself says', async () => {
    expect(await ofBoth(shared.route)).toEqual({ limited: [200, false], full: [200, true] });
  });

  test('and lets it write nothing there', async () => {
    const { limited: rejectedFirst } = await ofBoth(saved.route);
    expect([rejectedFirst, (await stored())?.id]).toEqual([[403, undefined], toy(2).id]);
  });

  test('only if its handler asks whose records these are, where it finds the user', async () => {
    expect(await ofBoth(careful.route)).toEqual({ limited: [200, false], full: [200, true] });
    expect(await ofBoth(careless.route)).toEqual({ limited: [500, undefined], full: [500, undefined] });
  });
});
