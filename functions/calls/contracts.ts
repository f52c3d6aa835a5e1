import type { FunctionContract } from '#contract/resource.ts';
import { callHistory } from './call-history/contract.ts';
import { calls } from './calls/contract.ts';
import { phones } from './phones/contract.ts';
import { callsConsumers } from './consumers.ts';

/** Calls and phone lines. */
export const callsContracts: readonly FunctionContract[] = [callHistory, calls, ...callsConsumers, phones];
