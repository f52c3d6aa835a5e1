import { notifierSettingsRow } from '#dynamodb/rows/notifier-settings.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import type { bespoke } from './contract.ts';
import { queueMonitorPrefix, queueMonitorRow } from './row.ts';

/** Documents in one slice. */
const limit = 90;

export const cascade: CascadeSteps<typeof bespoke> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(queueMonitorRow, {}, { prefix: queueMonitorPrefix, limit });
      return items.map((monitor) => remove(queueMonitorRow, monitor));
    },
    async (_organization, { table }) => {
      const settings = await table.get(notifierSettingsRow, {});
      return settings === undefined ? [] : [remove(notifierSettingsRow, {})];
    },
  ],
};
