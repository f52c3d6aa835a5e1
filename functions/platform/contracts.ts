import type { FunctionContract } from '../../shared/contract/resource.ts';
import { eventLog } from './event-log/contract.ts';
import { events } from './events/contract.ts';
import { logRetention } from './log-retention/contract.ts';
import { logs } from './logs/contract.ts';

/** Events and logs: what every area reports to. */
export const platformContracts: readonly FunctionContract[] = [eventLog, events, logRetention, logs];
