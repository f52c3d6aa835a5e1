import { checkContracts } from '../shared/contract/check.ts';
import type { FunctionContract, Service } from '../shared/contract/resource.ts';
import { platformContracts } from './platform/contracts.ts';
import { billingContracts } from './billing/contracts.ts';
import { dialplanContracts } from './dialplan/contracts.ts';
import { telephonyContracts } from './telephony/contracts.ts';
import { callsContracts } from './calls/contracts.ts';
import { messagingContracts } from './messaging/contracts.ts';
import { accountsContracts } from './accounts/contracts.ts';
import { systemContracts } from './system/contracts.ts';
import { sipSidecar } from './sip-sidecar/contract.ts';

/** Every function of the platform, area by area, each after those that it may know. */
export const contracts: readonly FunctionContract[] = [
  ...platformContracts,
  ...billingContracts,
  ...dialplanContracts,
  ...telephonyContracts,
  ...callsContracts,
  ...messagingContracts,
  ...accountsContracts,
  ...systemContracts,
];

/** Every process that always runs. */
export const services: readonly Service[] = [sipSidecar];

checkContracts(contracts);
