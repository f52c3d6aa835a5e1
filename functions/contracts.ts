import { assertContracts } from '#contract/check.ts';
import { withConsequences } from '#contract/consequences.ts';
import type { FunctionContract, Service } from '#contract/resource.ts';
import { withSharedQueues } from '#contract/shared-queues.ts';
import { platformContracts } from './platform/contracts.ts';
import { billingContracts } from './billing/contracts.ts';
import { dialplanContracts } from './dialplan/contracts.ts';
import { telephonyContracts } from './telephony/contracts.ts';
import { callsContracts } from './calls/contracts.ts';
import { messagingContracts } from './messaging/contracts.ts';
import { accountsContracts } from './accounts/contracts.ts';
import { systemContracts } from './system/contracts.ts';
import { mediaRelay } from './media-relay/contract.ts';
import { sipSidecar } from './sip-sidecar/contract.ts';

/** The areas by their folders, each after those that it may know. */
export const contractsByArea: Readonly<Record<string, readonly FunctionContract[]>> = {
  platform: platformContracts,
  billing: billingContracts,
  dialplan: dialplanContracts,
  telephony: telephonyContracts,
  calls: callsContracts,
  messaging: messagingContracts,
  accounts: accountsContracts,
  system: systemContracts,
};

/** Every function of the platform. */
export const contracts: readonly FunctionContract[] = withConsequences(
  withSharedQueues(Object.values(contractsByArea).flat()),
);

/** Every process that always runs; the media relay only where a deployment has one. */
export const services: readonly Service[] = [sipSidecar, mediaRelay];

assertContracts(contracts);
