import { ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { mayBeLimited, scopes } from '#contract/scopes.ts';
import type { Owner } from '#contract/owner.ts';
import type { Store } from '#dynamodb/client.ts';
import type { Api } from '../support/api.ts';
import type { Answer } from '../system/cloud.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples, replacementOf } from '../authorization/examples.ts';
import { codeIn, newExampleTenant, send } from '../authorization/example-tenants.ts';
import { byRoute } from './sample.ts';

/**
 * Asks every endpoint whose scope may be limited to own records about records of others, as a caller with that limit.
 * A contract says whose records its endpoints reach (`owner`); a wrong word there fails here.
 */

type Owned = { readonly endpoint: Endpoint; readonly owner: Owner | undefined };

/** Endpoints with the declaration of whose records they reach. */
const owned: readonly Owned[] = contracts.flatMap((contract) =>
  contract.kind === 'resource'
    ? contract.endpoints.map((endpoint) => ({ endpoint, owner: endpoint.owner ?? contract.owner }))
    : [],
);

/** The routes of those whose scope may be limited to own records. */
const limited: ReadonlySet<string> = new Set(
  owned
    .filter(({ endpoint: { scope }, owner }) => scope !== 'public' && (owner !== undefined || mayBeLimited(scope)))
    .map(({ endpoint }) => endpoint.route),
);

/** Requests whose path names no record: they create one, or read a list. */
const namesNone = ({ params = {} }: ExampleRequest): boolean =>
  Object.values(params).every((value) => ['new', 'phone', 'all', 'whitelist'].includes(value) || /^org_/.test(value));

const isSearch = ({ method, route }: Endpoint): boolean => method === 'GET' || route.endsWith('/search');

/** Saves of stored resources whose records have a user: a new one is the caller's own. */
const savesOfUsers = contracts.flatMap((contract) =>
  contract.kind === 'resource' && contract.stored?.owner === 'user'
    ? contract.stored.endpoints.filter(({ method }) => method === 'PUT').map(({ route }) => route)
    : [],
);

/** Such a caller may use them too: what they create is its own, and their jobs find its own. */
export const createOwn: ReadonlySet<string> = new Set([
  ...savesOfUsers,
  'PUT /files/{id}',
  'POST /cdr/export',
  'PUT /cdrmunch/task',
  'POST /Phones',
  'PUT /email',
  'PUT /sms',
  'POST /smslogs/push',
  'POST /smslogs/search',
  'PUT /voicemaildrop/{id}',
]);

/** What they file is of any user (`owner: { none }`). */
export const reachAll: ReadonlySet<string> = new Set(['POST /cdr/{id}']);

/** Codes by which an answer says that a record does not exist for the caller, or that it may write none of others. */
const rejections = new Set(['NOT_FOUND', 'INSUFFICIENT_SCOPE', 'SOURCE_NOT_ALLOWED', 'INVALID_SEARCH_ID']);

/** An hour without calls belongs to no person. */
const isOfSomebody = (item: unknown): boolean => (Object(item) as { readonly calls?: unknown }).calls !== 0;

/** The number of items in the lists of an answer. */
const itemsIn = ({ body }: Answer): number => {
  const { data } = Object(body) as { readonly data?: unknown };
  return [body, data]
    .flatMap((level): unknown[] => (Array.isArray(level) ? [level] : Object.values(Object(level) as object)))
    .reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.filter(isOfSomebody).length : 0), 0);
};

/** The fields that name the user of an item, by entity. */
function userFields(): (readonly [string, string])[] {
  const fields = contracts.flatMap((contract) =>
    contract.kind === 'resource' ? [contract.owner, ...contract.endpoints.map(({ owner }) => owner)] : [],
  );
  const named = fields.flatMap((owner) =>
    typeof owner === 'object' && 'user' in owner ? Object.entries(owner.user) : [],
  );
  return [...new Map(named.map(([entity, field]) => [`${entity}.${field}`, [entity, field ?? ''] as const])).values()];
}

async function hasItemOf({ client, tableName }: Store, partition: string, field: string): Promise<boolean> {
  const read = (after?: Record<string, AttributeValue>) =>
    client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'begins_with(PK, :partition) AND attribute_exists(#field)',
        ExpressionAttributeNames: { '#field': field },
        ExpressionAttributeValues: { ':partition': { S: partition } },
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
  let part = await read();
  while (part.Count === 0 && part.LastEvaluatedKey !== undefined) part = await read(part.LastEvaluatedKey);
  return (part.Count ?? 0) > 0;
}

/** @param endpoints those of them whose scope may be limited are asked */
export function proveOwnRecords(api: () => Api, endpoints: readonly Endpoint[]): void {
  const cases = endpoints.filter(({ route }) => limited.has(route));
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  /** A session of a new user whose role has every scope, so that only the limit rejects it. */
  const newToken = async (more: object) => {
    const { people } = api();
    return people.signIn(await people.join(home.organization, 'reseller'), more);
  };

  describe('a caller that is limited to its own records', () => {
    test.each(byRoute(cases))('has nothing of others by %s', async (route, endpoint) => {
      const asked = await examples[route]!.prepare(home);
      const answer = await send(api(), endpoint, asked, { token: await newToken({ scopes, ownOnly: scopes }) });
      const isOpen = reachAll.has(route) || (createOwn.has(route) && namesNone(asked));
      if (isOpen) {
        expect([200, 201, 202]).toContain(answer.status);
      } else if (isSearch(endpoint) && namesNone(asked) && answer.status === 200) {
        const full = await send(api(), endpoint, asked, { token: await newToken({ scopes }) });
        expect([itemsIn(answer), itemsIn(full) > 0]).toEqual([0, true]);
      } else {
        const remedy =
          'a request that creates a record of the caller is listed in `createOwn` (test/proofs/own-records.ts)';
        expect(rejections, `answered with ${answer.status}: ${remedy}`).toContain(codeIn(answer));
      }
    });

    const replacing = cases.filter((endpoint) => replacementOf(endpoint) !== undefined);

    test.each(byRoute(replacing))('replaces none of others by %s', async (_route, endpoint) => {
      const asked = await replacementOf(endpoint)!.prepare(home);
      const answer = await send(api(), endpoint, asked, { token: await newToken({ scopes, ownOnly: scopes }) });
      expect(`${answer.status} ${codeIn(answer)}`).toBe('404 NOT_FOUND');
    });
  });

  // A field that no item has would hide the caller's own records from it too. The examples of all endpoints store some
  // of each entity.
  test.each(cases.length === limited.size ? userFields() : [])(
    'items of %s have their user in %s',
    async (entity, field) => {
      expect(await hasItemOf(api().store, `${entity}#${home.organization}`, field)).toBe(true);
    },
  );
}
