import type { FunctionContract } from '#contract/resource.ts';
import { dialplanDependencies } from './dialplan-dependencies/contract.ts';
import { dialplanEvaluator } from './dialplan-evaluator/contract.ts';
import { dialplanGroups } from './dialplan-groups/contract.ts';
import { dialplanHistory } from './dialplan-history/contract.ts';
import { dialplanPolicies } from './dialplan-policies/contract.ts';
import { dialplanSearch } from './dialplan-search/contract.ts';
import { dialplanTemplate } from './dialplan-template/contract.ts';
import { emergencyWarnings } from './emergency-warnings/contract.ts';
import { planCompactor } from './plan-compactor/contract.ts';

/** Policies and the decisions made from them. */
export const dialplanContracts: readonly FunctionContract[] = [
  dialplanDependencies,
  dialplanEvaluator,
  dialplanGroups,
  dialplanHistory,
  dialplanPolicies,
  dialplanSearch,
  dialplanTemplate,
  emergencyWarnings,
  planCompactor,
];
