import { effectsOfAsking, reads, writes, type Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import { effectsOf, type Contract } from './resource.ts';

/** What authenticating a request reads (`shared/http/authenticate.ts`). */
const authenticated: readonly Effect[] = [
  reads('signingkey'),
  reads('session'),
  reads('accesskey'),
  reads('user'),
  reads('organization'),
  reads('group'),
  reads('role'),
  writes('credential-use'),
];

/**
 * Whether an `Idempotency-Key` has an effect: on every PUT and POST, unless the answer carries a secret (auth.md,
 * "Versions").
 */
export const takesIdempotencyKey = ({ method, scope, answersSecret }: Endpoint): boolean =>
  (method === 'PUT' || method === 'POST') && scope !== 'public' && answersSecret !== true;

/** What the pipeline does to serve an endpoint, beside the endpoint's own effects. */
function pipelineEffects(endpoint: Endpoint): readonly Effect[] {
  const counted = endpoint.scope !== 'public' || endpoint.rate === 'login';
  return [
    ...(endpoint.scope === 'public' ? [] : authenticated),
    ...(counted && endpoint.rate !== 'none' ? [writes('rate')] : []),
    ...(takesIdempotencyKey(endpoint) ? [writes('idempotency')] : []),
  ];
}

/** All that a function does: its own effects, those of the way its requests take, and those of asking services. */
export const allEffectsOf = (contract: Contract): readonly Effect[] => [
  ...effectsOf(contract).flatMap(withAsking),
  ...(contract.kind === 'resource' ? contract.endpoints.flatMap(pipelineEffects) : []),
];

const withAsking = (effect: Effect): readonly Effect[] =>
  effect.kind === 'asks' ? [effect, ...effectsOfAsking] : [effect];
