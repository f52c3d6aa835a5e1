import type { Consumer } from '#contract/resource.ts';
import { archiveSealing } from '../archive-sealing/contract.ts';
import { cascadingDeletes } from '../cascading-deletes/contract.ts';
import { consequences } from '../consequences/contract.ts';
import { erasures } from '../erasures/contract.ts';
import { holdCounts } from '../hold-counts/contract.ts';
import { jobs } from '../jobs/contract.ts';
import { notifier } from '../notifier/contract.ts';
import { purgeJobs } from '../purge-jobs/contract.ts';
import { uploads } from '../uploads/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const systemConsumers: readonly Consumer[] = [
  archiveSealing,
  cascadingDeletes,
  consequences,
  erasures,
  holdCounts,
  jobs,
  notifier,
  purgeJobs,
  uploads,
];
