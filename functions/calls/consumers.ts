import type { Consumer } from '#contract/resource.ts';
import { phoneExpiries } from './phone-expiries/contract.ts';
import { traceExpiries } from './trace-expiries/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const callsConsumers: readonly Consumer[] = [phoneExpiries, traceExpiries];
