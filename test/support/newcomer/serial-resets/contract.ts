import * as z from 'zod';
import { at, on } from '#contract/consequences.ts';
import { writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

const ResetMessage = z.object({ schema: z.literal('serial-reset.v1'), org_id: z.int().min(1), name: z.string() });

const resetMessage = (org_id: number, name: string, delay = 0) => ({
  body: { schema: 'serial-reset.v1', org_id, name } satisfies z.output<typeof ResetMessage>,
  group: String(org_id),
  delay,
});

/** Starts serial numbers again: once when they are created, and each month. */
export const serialResets = consumer('serial-resets', {
  area: 'system',
  queue: 'serial-resets',
  message: ResetMessage,
  startedBy: on('serial.created', ({ org_id, entity }) => resetMessage(org_id, entity.id)),
  due: at('serial.month_end', ({ org_id, subject }, delay) => resetMessage(org_id, subject, delay)),
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [writes('serial')],
  timeout: 10,
});
