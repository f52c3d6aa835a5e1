import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { removes, writes } from '#contract/effects.ts';
import { asksHolds } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';

/** A trace of a call is three days old. v1 may only get new optional fields. */
const TraceExpiryMessage = z.object({
  schema: z.literal('trace-expiry.v1'),
  org_id: z.int().min(1),
  /** The call and the task, with `/` between them. */
  trace: z.string(),
});
export type TraceExpiryMessage = z.output<typeof TraceExpiryMessage>;

/** A message of the queue `jobs`, grouped by organization (fair queue). @param delay seconds */
const expiryMessage = ({ org_id, subject }: { readonly org_id: number; readonly subject: string }, delay: number) => ({
  body: { schema: 'trace-expiry.v1', org_id, trace: subject } satisfies TraceExpiryMessage,
  group: String(org_id),
  delay,
});

/** Deletes traces of calls; those that a legal hold needs are asked about again a day later. */
export const traceExpiries = consumer('trace-expiries', {
  area: 'calls',
  queue: 'jobs',
  message: TraceExpiryMessage,
  due: at('siptrace.expiry', expiryMessage, { 'siptrace.expiry': 'skipped' }),
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [...asksHolds, removes('siptrace'), writes('due')],
  timeout: 30,
});
