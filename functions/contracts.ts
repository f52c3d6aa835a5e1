import { checkContracts } from '../shared/contract/check.ts';
import type { FunctionContract } from '../shared/contract/resource.ts';
import { auth } from './auth/contract.ts';
import { dialplanEvaluator } from './dialplan-evaluator/contract.ts';
import { dialplanPolicies } from './dialplan-policies/contract.ts';
import { dialplanTemplate } from './dialplan-template/contract.ts';
import { documents } from './documents/contract.ts';
import { errorDocuments } from './errors/contract.ts';
import { healthChecks } from './health/contract.ts';
import { keySets } from './jwks/contract.ts';
import { organizations } from './organizations/contract.ts';
import { sipTrunks } from './sip-trunks/contract.ts';
import { users } from './users/contract.ts';

/** Every function of the platform; nothing else enumerates endpoints. */
export const contracts: readonly FunctionContract[] = [
  auth,
  dialplanEvaluator,
  dialplanPolicies,
  dialplanTemplate,
  documents,
  errorDocuments,
  healthChecks,
  keySets,
  organizations,
  sipTrunks,
  users,
];

checkContracts(contracts);
