import { effectsOfAsking, reads, writes, type Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import { effectsOf, type Contract } from './resource.ts';

/** The effects of authenticating a request (`shared/http/admission/authenticate.ts`). */
export const authenticationEffects = [
  reads('signingkey'),
  reads('session'),
  reads('accesskey'),
  reads('temptoken'),
  reads('user'),
  reads('organization'),
  reads('group'),
  reads('role'),
  writes('credential-use'),
  writes('temptoken-use'),
] as const satisfies readonly Effect[];

/**
 * Whether an endpoint accepts an `Idempotency-Key`: every PUT and POST with a credential whose answer has no secret
 * (shared/http/README.md, "Idempotency").
 */
export const takesIdempotencyKey = ({ method, scope, answersSecret }: Endpoint): boolean =>
  (method === 'PUT' || method === 'POST') && scope !== 'public' && answersSecret !== true;

/** The effects of the pipeline for an endpoint. */
function pipelineEffects(endpoint: Endpoint): readonly Effect[] {
  const counted = endpoint.scope !== 'public' || endpoint.rate === 'login';
  return [
    ...(endpoint.scope === 'public' ? [] : authenticationEffects),
    ...(endpoint.whileSetUpDue === true ? [reads('challenge')] : []),
    ...(counted && endpoint.rate !== 'none' ? [writes('rate')] : []),
    ...(takesIdempotencyKey(endpoint) ? [writes('idempotency')] : []),
  ];
}

/** All effects of a function: its own, those of the pipeline, and those of calling services. */
export const allEffectsOf = (contract: Contract): readonly Effect[] => [
  ...effectsOf(contract).flatMap(withAsking),
  ...(contract.kind === 'resource' ? contract.endpoints.flatMap(pipelineEffects) : []),
];

const withAsking = (effect: Effect): readonly Effect[] =>
  effect.kind === 'asks' ? [effect, ...effectsOfAsking] : [effect];
