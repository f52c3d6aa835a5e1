import { type Effect, reads, reports, writes, writesInTurn } from './effects.ts';

/** The effects of reading the compiled dial plan. */
export const readsPlan = [reads('planhead'), reads('planchange'), reads('plan')] as const satisfies readonly Effect[];

/** The effects of a change of the dial plan: the next version of its head, the change, and its publication. */
export const changesPlan = [
  writesInTurn('planhead'),
  writes('planchange'),
  reports('plan.published'),
] as const satisfies readonly Effect[];

/** Effects of a decision with its limits. */
export const decides = [
  ...readsPlan,
  reads('user'),
  reads('organization'),
  reads('gateway-health'),
  reads('channel'),
  writes('callrate'),
  reads('billingprofile'),
  reads('gateway'),
  reads('trunk'),
  writes('balance'),
  writes('reservation'),
  writes('due'),
  reads('chargeday'),
  reads('tariff'),
  reads('tariffchunk'),
  writes('log'),
  writes('email'),
  writes('rate'),
  reports('call.denied'),
  reports('email.queued'),
] as const satisfies readonly Effect[];
