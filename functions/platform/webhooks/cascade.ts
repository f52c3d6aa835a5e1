import { countRow } from '#dynamodb/rows/count.ts';
import { remove } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { webhookCount, webhookRow, webhookUrlRow } from '#dynamodb/rows/webhook.ts';
import type { webhooks } from './contract.ts';

/** Deliveries find no webhook then, and expire by themselves. An organization has at most 21 webhooks. */
export const cascade: CascadeSteps<typeof webhooks> = {
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(webhookRow, {});
      if (items.length === 0) return [];
      return [
        ...items.map((webhook) => remove(webhookRow, webhook)),
        ...items.flatMap(({ url }) => (url === null ? [] : [remove(webhookUrlRow, { url })])),
        remove(countRow, { of: webhookCount }),
      ];
    },
  ],
};
