import { checkContracts } from '../shared/contract/check.ts';
import type { FunctionContract } from '../shared/contract/resource.ts';
import { documents } from './documents/contract.ts';
import { errorDocuments } from './errors/contract.ts';
import { healthChecks } from './health/contract.ts';
import { keySets } from './jwks/contract.ts';
import { sipTrunks } from './sip-trunks/contract.ts';

/** Every function of the platform; nothing else enumerates endpoints. */
export const contracts: readonly FunctionContract[] = [
  documents,
  errorDocuments,
  healthChecks,
  keySets,
  sipTrunks,
];

checkContracts(contracts);
