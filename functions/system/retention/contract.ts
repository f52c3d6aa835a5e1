import { reads, reports, sends, writes } from '#contract/effects.ts';
import { readsRecords } from '#contract/record-effects.ts';
import { scheduled } from '#contract/resource.ts';

/** Begins a purge of each class of which an organization has records that are kept no longer, once a day. */
export const retention = scheduled('retention', {
  area: 'system',
  everyMinutes: 60,
  effects: [
    ...readsRecords,
    reads('organization', 'GSI2'),
    writes('purge'),
    writes('lease'),
    reports('archiving.purge_started'),
    sends('jobs'),
  ],
  timeout: 120,
});
