import { globSync } from 'node:fs';
import { contracts } from '#functions/contracts.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import type { Stored } from '#contract/stored.ts';
import { textAt, type Example, type Place } from '../support/example-request.ts';

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
  const bodyAt = ({ mark, unique }: Place) => ({ ...example, name: `${mark} ${unique()}` });
  const newId = async (place: Place): Promise<string> =>
    textAt(await place.call('PUT', `${path}/new`, bodyAt(place)), 'data', 'id');
  const onOne: Example = { ask: async (place) => ({ params: { id: await newId(place) } }) };
  return {
    [list.route]: { ask: async (place) => ({ query: { q: place.mark, limit: (await newId(place), '1') } }) },
    [get.route]: onOne,
    [save.route]: { ask: (place) => ({ params: { id: 'new' }, body: bodyAt(place) }) },
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
    ask: async (place) => {
      const { params = {} } = await sibling.ask(place);
      return { ...(await own.ask(place)), params };
    },
  };
}
