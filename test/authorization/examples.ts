import { globSync } from 'node:fs';
import { contracts } from '#functions/contracts.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import type { Stored } from '#contract/stored.ts';
import { textAt, type Example, type ExampleTenant } from '../support/example-request.ts';

/**
 * The example requests that resources bring (`example-requests.fixture.ts` beside a contract), by route. Authorization,
 * tenancy and fuzzing start from them, so an endpoint without one has no proof: `test/checks/endpoint-proofs.test.ts`
 * names those. Those of stored resources follow from their declarations.
 */

const root = new URL('../../', import.meta.url);

async function requestsOf(file: string): Promise<Readonly<Record<string, Example>>> {
  const { exampleRequests } = (await import(new URL(file, root).href)) as {
    readonly exampleRequests: Readonly<Record<string, Example>>;
  };
  return exampleRequests;
}

const files = globSync('functions/*/*/example-requests.fixture.ts', { cwd: root });
const requests = await Promise.all(files.map(requestsOf));

function requestsOfStored({ endpoints: [list, get, save, remove], path, example }: Stored) {
  const bodyAt = ({ mark, unique }: ExampleTenant) => ({ ...example, name: `${mark} ${unique()}` });
  const newId = async (tenant: ExampleTenant): Promise<string> =>
    textAt(await tenant.call('PUT', `${path}/new`, bodyAt(tenant)), 'data', 'id');
  const onOne: Example = { prepare: async (tenant) => ({ params: { id: await newId(tenant) } }) };
  return {
    [list.route]: { prepare: async (tenant) => ({ query: { q: tenant.mark, limit: (await newId(tenant), '1') } }) },
    [get.route]: onOne,
    [save.route]: { prepare: (tenant) => ({ params: { id: 'new' }, body: bodyAt(tenant) }) },
    [remove.route]: onOne,
  } satisfies Readonly<Record<string, Example>>;
}

const ofStored = contracts.flatMap((contract) =>
  contract.kind !== 'resource' || contract.stored === undefined ? [] : [requestsOfStored(contract.stored)],
);

export const examples: Readonly<Record<string, Example>> = Object.fromEntries(
  [...requests, ...ofStored].flatMap((byRoute) => Object.entries(byRoute)),
);

/** PUTs whose path has a value that the client chooses, not the id of a record. */
const withoutId: ReadonlySet<string> = new Set([
  'PUT /devices/{id}',
  'PUT /smsoptouts/{number}',
  'PUT /sequence/{name}',
  'PUT /voicemailprefs/{mailbox}',
]);

/**
 * The example of a PUT as it replaces a record: with the path of the example that deletes or shows one. Examples of PUT
 * create; undefined where no path names a record.
 */
export function replacementOf({ method, path, route }: Endpoint): Example | undefined {
  if (method !== 'PUT' || !path.includes('{') || withoutId.has(route)) return undefined;
  const sibling = ['DELETE', 'GET'].map((each) => examples[`${each} ${path}`]).find((each) => each !== undefined);
  const own = examples[route];
  if (sibling === undefined || own === undefined) return undefined;
  return {
    prepare: async (tenant) => {
      const { params = {} } = await sibling.prepare(tenant);
      return { ...(await own.prepare(tenant)), params };
    },
  };
}
