import type { FunctionContract } from '../../shared/contract/resource.ts';
import { canary } from './canary/contract.ts';
import { cascadingDeletes } from './cascading-deletes/contract.ts';
import { changeFeed } from './change-feed/contract.ts';
import { consequences } from './consequences/contract.ts';
import { documentation } from './documentation/contract.ts';
import { documents } from './documents/contract.ts';
import { errorDocuments } from './errors/contract.ts';
import { eventSealer } from './event-sealer/contract.ts';
import { healthChecks } from './health/contract.ts';
import { jobs } from './jobs/contract.ts';
import { qrCodes } from './qr-codes/contract.ts';
import { sweeper } from './sweeper/contract.ts';
import { uploads } from './uploads/contract.ts';

/** Documentation, health, and the functions that act for every area. */
export const systemContracts: readonly FunctionContract[] = [
  canary,
  cascadingDeletes,
  changeFeed,
  consequences,
  documentation,
  documents,
  errorDocuments,
  eventSealer,
  healthChecks,
  jobs,
  qrCodes,
  sweeper,
  uploads,
];
