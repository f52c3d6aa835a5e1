import type { FunctionContract } from '../../shared/contract/resource.ts';
import { callHistory } from './call-history/contract.ts';
import { calls } from './calls/contract.ts';
import { phoneExpiries } from './phone-expiries/contract.ts';
import { phones } from './phones/contract.ts';

/** Calls and phone lines. */
export const callsContracts: readonly FunctionContract[] = [callHistory, calls, phoneExpiries, phones];
