import * as z from 'zod';
import { at, on } from '#contract/consequences.ts';
import { writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

const ResetMessage = z.object({ schema: z.literal('sequence-reset.v1'), org_id: z.int().min(1), name: z.string() });

const resetMessage = (org_id: number, name: string, delay = 0) => ({
  body: { schema: 'sequence-reset.v1', org_id, name } satisfies z.output<typeof ResetMessage>,
  group: String(org_id),
  delay,
});

/** Starts sequences again: once when they are created, and each month. */
export const sequenceResets = consumer('sequence-resets', {
  area: 'system',
  queue: 'sequence-resets',
  message: ResetMessage,
  startedBy: on('sequence.created', ({ org_id, entity }) => resetMessage(org_id, entity.id)),
  due: at('sequence.month_end', ({ org_id, subject }, delay) => resetMessage(org_id, subject, delay)),
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [writes('sequence')],
  timeout: 10,
});
