import { ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { mayBeLimited, scopes } from '#contract/scopes.ts';
import { connect, type Answer } from '../system/cloud.ts';
import { peopleIn, storeOf } from '../system/people.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples, replacementOf } from './examples.ts';
import { codeIn, newExampleTenant, send } from './example-tenants.ts';

/**
 * Asks every endpoint whose scope may be limited to own records about records of others, as a caller with that limit.
 * A contract says whose records its endpoints reach (`owner`); a wrong word there fails here.
 */

const cases: readonly Endpoint[] = contracts.flatMap((contract) =>
  contract.kind !== 'resource'
    ? []
    : contract.endpoints.filter(
        ({ scope, owner = contract.owner }) => scope !== 'public' && (owner !== undefined || mayBeLimited(scope)),
      ),
);

/** Requests whose path names no record: they create one, or read a list. */
const namesNone = ({ params = {} }: ExampleRequest): boolean =>
  Object.values(params).every((value) => ['new', 'phone', 'all', 'whitelist'].includes(value) || /^org_/.test(value));

const isSearch = ({ method, route }: Endpoint): boolean => method === 'GET' || route.endsWith('/search');

/** Such a caller may use them too: what they create is its own, and their jobs find its own. */
const createOwn: ReadonlySet<string> = new Set([
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
const reachAll: ReadonlySet<string> = new Set(['POST /cdr/{id}']);

/** Codes by which an answer says that a record does not exist for the caller, or that it may write none of others. */
const rejections = new Set(['NOT_FOUND', 'INSUFFICIENT_SCOPE', 'SOURCE_NOT_ALLOWED', 'INVALID_SEARCH_ID']);

/** The number of items in the lists of an answer. */
const itemsIn = ({ body }: Answer): number => {
  const { data } = Object(body) as { readonly data?: unknown };
  return [body, data]
    .flatMap((level): unknown[] => (Array.isArray(level) ? [level] : Object.values(Object(level) as object)))
    .reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 0), 0);
};

const local = describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined);

local('a caller that is limited to its own records', () => {
  const cloud = connect();
  const people = peopleIn(cloud.outputs);
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(cloud, people);
  });

  /** A session of a new user whose role has every scope, so that only the limit rejects it. */
  const newToken = async (more: object) => people.signIn(await people.join(home.organization, 'reseller'), more);

  test.each(cases.map((endpoint) => [endpoint.route as string, endpoint] as const))(
    'has nothing of others by %s',
    async (route, endpoint) => {
      const asked = await examples[route]!.prepare(home);
      const limited = await send(cloud, endpoint, asked, { token: await newToken({ scopes, ownOnly: scopes }) });
      const isOpen = reachAll.has(route) || (createOwn.has(route) && namesNone(asked));
      if (isOpen) {
        expect([200, 201, 202]).toContain(limited.status);
      } else if (isSearch(endpoint) && namesNone(asked) && limited.status === 200) {
        const full = await send(cloud, endpoint, asked, { token: await newToken({ scopes }) });
        expect([itemsIn(limited), itemsIn(full) > 0]).toEqual([0, true]);
      } else {
        expect(rejections, `answered with ${limited.status}`).toContain(codeIn(limited));
      }
    },
  );

  const replacing = cases.flatMap((endpoint) => {
    const example = replacementOf(endpoint);
    return example === undefined ? [] : [[endpoint.route, { endpoint, example }] as const];
  });

  test.each(replacing)('replaces none of others by %s', async (_route, { endpoint, example }) => {
    const asked = await example.prepare(home);
    const answer = await send(cloud, endpoint, asked, { token: await newToken({ scopes, ownOnly: scopes }) });
    expect(`${answer.status} ${codeIn(answer)}`).toBe('404 NOT_FOUND');
  });

  const fields = contracts.flatMap((contract) =>
    contract.kind !== 'resource'
      ? []
      : [contract.owner, ...contract.endpoints.map(({ owner }) => owner)].flatMap((owner) =>
          typeof owner === 'object' && 'user' in owner ? Object.entries(owner.user) : [],
        ),
  );
  const named = [
    ...new Map(fields.map(([entity, field]) => [`${entity}.${field}`, [entity, field] as const])).values(),
  ];

  // A field that no item has would hide the caller's own records from it too. The examples above store some of each.
  test.each(named)('has items of %s whose user is in %s', async (entity, field) => {
    const { client, tableName } = storeOf(cloud.outputs);
    const read = (after?: Record<string, AttributeValue>) =>
      client.send(
        new ScanCommand({
          TableName: tableName,
          FilterExpression: 'begins_with(PK, :partition) AND attribute_exists(#field)',
          ExpressionAttributeNames: { '#field': field ?? '' },
          ExpressionAttributeValues: { ':partition': { S: `${entity}#${home.organization}` } },
          ...(after === undefined ? {} : { ExclusiveStartKey: after }),
        }),
      );
    let part = await read();
    while (part.Count === 0 && part.LastEvaluatedKey !== undefined) part = await read(part.LastEvaluatedKey);
    expect(part.Count).toBeGreaterThan(0);
  });
});
