import type { FunctionContract } from '#contract/resource.ts';
import { billingProfiles } from './billing-profiles/contract.ts';
import { cdrs } from './cdr/contract.ts';
import { cdrMappings } from './cdr-mappings/contract.ts';
import { cdrMunch } from './cdr-munch/contract.ts';
import { profit } from './profit/contract.ts';
import { rates } from './rates/contract.ts';
import { tariffs } from './tariffs/contract.ts';
import { billingConsumers } from './consumers.ts';

/** Resources and consumers of billing: profiles, tariffs, CDRs, ratings and charges. */
export const billingContracts: readonly FunctionContract[] = [
  billingProfiles,
  cdrs,
  cdrMappings,
  cdrMunch,
  profit,
  rates,
  tariffs,
  ...billingConsumers,
];
