import { checkContracts } from '../shared/contract/check.ts';
import type { FunctionContract } from '../shared/contract/resource.ts';
import { sipTrunks } from './sip-trunks/contract.ts';

/** Every function of the platform; nothing else enumerates endpoints. */
export const contracts: readonly FunctionContract[] = [
  sipTrunks,
];

checkContracts(contracts);
