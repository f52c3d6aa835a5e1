import { reads, writes, type Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import { effectsOf, type FunctionContract } from './resource.ts';

/** What authenticating a request reads (`shared/http/authenticate.ts`). */
const authenticated: readonly Effect[] = [
  reads('signingkey'), reads('session'), reads('accesskey'), reads('user'), reads('organization'), reads('group'), reads('role'), writes('credential-use'),
];

const mayRepeat = (endpoint: Endpoint): boolean =>
  endpoint.scope !== 'public' && endpoint.answersSecret !== true && (endpoint.method === 'PUT' || endpoint.method === 'POST');

/** What the pipeline does to serve an endpoint, beside the endpoint's own effects. */
function pipelineEffects(endpoint: Endpoint): readonly Effect[] {
  const counted = endpoint.scope !== 'public' || endpoint.rate === 'login';
  return [
    ...(endpoint.scope === 'public' ? [] : authenticated),
    ...(counted && endpoint.rate !== 'none' ? [writes('rate')] : []),
    ...(mayRepeat(endpoint) ? [writes('idempotency')] : []),
  ];
}

/** All that a function does: its own effects and those of the way its requests take. */
export const allEffectsOf = (contract: FunctionContract): readonly Effect[] =>
  [...effectsOf(contract), ...(contract.kind === 'resource' ? contract.endpoints.flatMap(pipelineEffects) : [])];
