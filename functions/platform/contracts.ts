import type { FunctionContract } from '#contract/resource.ts';
import { eventLog } from './event-log/contract.ts';
import { events } from './events/contract.ts';
import { files } from './files/contract.ts';
import { logs } from './logs/contract.ts';
import { webhooks } from './webhooks/contract.ts';
import { platformConsumers } from './consumers.ts';

/** Events, event log, logs, files and webhooks. */
export const platformContracts: readonly FunctionContract[] = [
  eventLog,
  events,
  files,
  logs,
  webhooks,
  ...platformConsumers,
];
