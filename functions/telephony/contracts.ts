import type { FunctionContract } from '#contract/resource.ts';
import { blockedCallers } from './blocked-callers/contract.ts';
import { callFlows } from './call-flows/contract.ts';
import { callHandling } from './call-handling/contract.ts';
import { dependents } from './dependents/contract.ts';
import { deviceControl } from './device-control/contract.ts';
import { devices } from './devices/contract.ts';
import { extensions } from './extensions/contract.ts';
import { holidays } from './holidays/contract.ts';
import { mobile } from './mobile/contract.ts';
import { numbers } from './numbers/contract.ts';
import { provisioning } from './provisioning/contract.ts';
import { ringGroups } from './ring-groups/contract.ts';
import { schedules } from './schedules/contract.ts';
import { sipGatewayPings } from './sip-gateway-pings/contract.ts';
import { sipGateways } from './sip-gateways/contract.ts';
import { sipTrunkIps } from './sip-trunk-ips/contract.ts';
import { sipTrunks } from './sip-trunks/contract.ts';
import { stirCertificates } from './stir-certificates/contract.ts';
import { telephonyConsumers } from './consumers.ts';

/** Trunks, gateways, devices, numbers, SIM cards, schedules, ring groups and call flows. */
export const telephonyContracts: readonly FunctionContract[] = [
  blockedCallers,
  callFlows,
  callHandling,
  dependents,
  deviceControl,
  devices,
  extensions,
  holidays,
  mobile,
  numbers,
  provisioning,
  ringGroups,
  schedules,
  sipGatewayPings,
  sipGateways,
  sipTrunkIps,
  sipTrunks,
  stirCertificates,
  ...telephonyConsumers,
];
