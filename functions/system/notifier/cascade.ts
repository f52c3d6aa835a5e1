import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { notifier } from './contract.ts';
import { keptNoticeRow, keptPrefix, noticeStateRow } from './row.ts';

/** Kept notices in one slice. */
const limit = 90;

/** Decisions expire by themselves. */
export const cascade: CascadeSteps<typeof notifier> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(keptNoticeRow, {}, { prefix: keptPrefix, limit });
      return items.map((notice) => remove(keptNoticeRow, notice));
    },
    async (_organization, { table }) => {
      const state = await table.get(noticeStateRow, {});
      return state === undefined ? [] : [remove(noticeStateRow, {})];
    },
  ],
};
