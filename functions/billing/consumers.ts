import type { Consumer } from '#contract/resource.ts';
import { cdrExports } from './cdr-exports/contract.ts';
import { cdrBacklog, cdrIngest } from './cdr-ingest/contract.ts';
import { cdrTasks } from './cdr-tasks/contract.ts';
import { cdrWholesale } from './cdr-wholesale/contract.ts';
import { periodClose } from './period-close/contract.ts';
import { reservationExpiry } from './reservations/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const billingConsumers: readonly Consumer[] = [
  cdrBacklog,
  cdrExports,
  cdrIngest,
  cdrTasks,
  cdrWholesale,
  periodClose,
  reservationExpiry,
];
