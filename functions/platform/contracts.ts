import type { FunctionContract } from '#contract/resource.ts';
import { eventLog } from './event-log/contract.ts';
import { events } from './events/contract.ts';
import { files } from './files/contract.ts';
import { flowWebhooks } from './flow-webhooks/contract.ts';
import { logs } from './logs/contract.ts';
import { speech } from './speech/contract.ts';
import { webhooks } from './webhooks/contract.ts';
import { platformConsumers } from './consumers.ts';

/** Events, event log, logs, files, webhooks, and what call flows ask for. */
export const platformContracts: readonly FunctionContract[] = [
  eventLog,
  events,
  files,
  flowWebhooks,
  logs,
  speech,
  webhooks,
  ...platformConsumers,
];
