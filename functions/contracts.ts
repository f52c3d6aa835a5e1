import { checkContracts } from '../shared/contract/check.ts';
import type { FunctionContract, Service } from '../shared/contract/resource.ts';
import { accessKeys } from './access-keys/contract.ts';
import { auth } from './auth/contract.ts';
import { billingProfiles } from './billing-profiles/contract.ts';
import { cdrs } from './cdr/contract.ts';
import { cdrExports } from './cdr-exports/contract.ts';
import { cdrIngest } from './cdr-ingest/contract.ts';
import { cdrWholesale } from './cdr-wholesale/contract.ts';
import { cdrTasks } from './cdr-tasks/contract.ts';
import { cdrMunch } from './cdr-munch/contract.ts';
import { changeFeed } from './change-feed/contract.ts';
import { deviceControl } from './device-control/contract.ts';
import { deviceReboots } from './device-reboots/contract.ts';
import { devices } from './devices/contract.ts';
import { dialplanDependencies } from './dialplan-dependencies/contract.ts';
import { dialplanEvaluator } from './dialplan-evaluator/contract.ts';
import { dialplanGroups } from './dialplan-groups/contract.ts';
import { dialplanHistory } from './dialplan-history/contract.ts';
import { dialplanPolicies } from './dialplan-policies/contract.ts';
import { dialplanSearch } from './dialplan-search/contract.ts';
import { dialplanTemplate } from './dialplan-template/contract.ts';
import { documentation } from './documentation/contract.ts';
import { documents } from './documents/contract.ts';
import { emails } from './email/contract.ts';
import { emailDelivery } from './email-delivery/contract.ts';
import { errorDocuments } from './errors/contract.ts';
import { eventLog } from './event-log/contract.ts';
import { eventSealer } from './event-sealer/contract.ts';
import { events } from './events/contract.ts';
import { groups } from './groups/contract.ts';
import { healthChecks } from './health/contract.ts';
import { keySets } from './jwks/contract.ts';
import { logRetention } from './log-retention/contract.ts';
import { logs } from './logs/contract.ts';
import { mobile } from './mobile/contract.ts';
import { numberReleases } from './number-releases/contract.ts';
import { numbers } from './numbers/contract.ts';
import { organizations } from './organizations/contract.ts';
import { periodClose } from './period-close/contract.ts';
import { permissions } from './permissions/contract.ts';
import { planFolder } from './plan-folder/contract.ts';
import { provisioning } from './provisioning/contract.ts';
import { profit } from './profit/contract.ts';
import { rates } from './rates/contract.ts';
import { removalConsumer } from './removals/contract.ts';
import { signingKeyRotation } from './signing-key-rotation/contract.ts';
import { sipSidecar } from './sip-sidecar/contract.ts';
import { sipGatewayPings } from './sip-gateway-pings/contract.ts';
import { sipGateways } from './sip-gateways/contract.ts';
import { sipTrunkIps } from './sip-trunk-ips/contract.ts';
import { sipTrunks } from './sip-trunks/contract.ts';
import { sweeper } from './sweeper/contract.ts';
import { tariffs } from './tariffs/contract.ts';
import { users } from './users/contract.ts';

/** Every function of the platform; nothing else enumerates endpoints. */
export const contracts: readonly FunctionContract[] = [
  accessKeys,
  auth,
  billingProfiles,
  cdrs,
  cdrExports,
  cdrIngest,
  cdrWholesale,
  cdrMunch,
  cdrTasks,
  changeFeed,
  deviceControl,
  deviceReboots,
  devices,
  dialplanDependencies,
  dialplanEvaluator,
  dialplanGroups,
  dialplanHistory,
  dialplanPolicies,
  dialplanSearch,
  dialplanTemplate,
  documentation,
  documents,
  emails,
  emailDelivery,
  errorDocuments,
  eventLog,
  eventSealer,
  events,
  groups,
  healthChecks,
  keySets,
  logRetention,
  logs,
  mobile,
  numberReleases,
  numbers,
  organizations,
  periodClose,
  permissions,
  planFolder,
  provisioning,
  profit,
  rates,
  removalConsumer,
  signingKeyRotation,
  sipGatewayPings,
  sipGateways,
  sipTrunkIps,
  sipTrunks,
  sweeper,
  tariffs,
  users,
];

/** Every process that always runs. */
export const services: readonly Service[] = [sipSidecar];

checkContracts(contracts);
