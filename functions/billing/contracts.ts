import type { FunctionContract } from '../../shared/contract/resource.ts';
import { billingProfiles } from './billing-profiles/contract.ts';
import { cdrs } from './cdr/contract.ts';
import { cdrExports } from './cdr-exports/contract.ts';
import { cdrIngest } from './cdr-ingest/contract.ts';
import { cdrMunch } from './cdr-munch/contract.ts';
import { cdrTasks } from './cdr-tasks/contract.ts';
import { cdrWholesale } from './cdr-wholesale/contract.ts';
import { periodClose } from './period-close/contract.ts';
import { profit } from './profit/contract.ts';
import { rates } from './rates/contract.ts';
import { reservationExpiry } from './reservations/contract.ts';
import { tariffs } from './tariffs/contract.ts';

/** Resources and consumers of billing: profiles, tariffs, CDRs, ratings and charges. */
export const billingContracts: readonly FunctionContract[] = [
  billingProfiles,
  cdrs,
  cdrExports,
  cdrIngest,
  cdrMunch,
  cdrTasks,
  cdrWholesale,
  periodClose,
  profit,
  rates,
  reservationExpiry,
  tariffs,
];
