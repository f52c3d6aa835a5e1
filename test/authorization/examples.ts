import { globSync } from 'node:fs';
import type { Example } from '../support/example-request.ts';

/**
 * The example requests that resources bring (`example-requests.fixture.ts` beside a contract), by route. Authorization,
 * tenancy and fuzzing start from them, so an endpoint without one has no proof: `test/checks/endpoint-proofs.test.ts`
 * names those.
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

export const examples: Readonly<Record<string, Example>> = Object.fromEntries(
  requests.flatMap((byRoute) => Object.entries(byRoute)),
);
