import type { FunctionContract } from '#contract/resource.ts';
import { archivingPolicies } from './archiving-policies/contract.ts';
import { archivingProvisioning } from './archiving-provisioning/contract.ts';
import { bespoke } from './bespoke/contract.ts';
import { canary } from './canary/contract.ts';
import { changeFeed } from './change-feed/contract.ts';
import { console } from './console/contract.ts';
import { dataConnectors } from './data-connectors/contract.ts';
import { documentation } from './documentation/contract.ts';
import { documents } from './documents/contract.ts';
import { errorDocuments } from './errors/contract.ts';
import { eventSealer } from './event-sealer/contract.ts';
import { healthChecks } from './health/contract.ts';
import { legalHolds } from './legal-holds/contract.ts';
import { purges } from './purges/contract.ts';
import { qrCodes } from './qr-codes/contract.ts';
import { retention } from './retention/contract.ts';
import { sequences } from './sequences/contract.ts';
import { smsExports } from './sms-exports/contract.ts';
import { summaries } from './summary/contract.ts';
import { sweeper } from './sweeper/contract.ts';
import { systemConsumers } from './consumers/consumers.ts';

/** Documentation, health, and the functions that act for every area. */
export const systemContracts: readonly FunctionContract[] = [
  archivingPolicies,
  archivingProvisioning,
  bespoke,
  canary,
  changeFeed,
  console,
  dataConnectors,
  documentation,
  documents,
  errorDocuments,
  eventSealer,
  healthChecks,
  legalHolds,
  purges,
  qrCodes,
  retention,
  sequences,
  smsExports,
  summaries,
  sweeper,
  ...systemConsumers,
];
