import type { Derive } from '#contract/derived.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { operationIdOf } from '#contract/openapi-operation.ts';
import { areas, type Resource } from '#contract/resource.ts';
import type { OverviewEntry } from './overview.ts';

/** Address of an operation in ReDoc: its tag and its id in lower case. */
const referenceOf = (area: string, endpoint: Endpoint): string => {
  const method = endpoint.method === 'ANY' ? 'get' : endpoint.method.toLowerCase();
  return `/documentation/redoc#/${area}/${operationIdOf(method, endpoint).toLowerCase()}`;
};

const entriesOf = ({ area, endpoints }: Resource): OverviewEntry[] =>
  endpoints.map((endpoint) => {
    const { method, path, scope, summary } = endpoint;
    return { area, method, path, scope, summary, reference: referenceOf(area, endpoint) };
  });

/** Every endpoint, area by area. */
export const derive: Derive = (contracts) => {
  const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
  return {
    'overview.json': areas.flatMap((area) => resources.filter((resource) => resource.area === area).flatMap(entriesOf)),
  };
};
