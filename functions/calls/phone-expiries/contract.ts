import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { reports, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** A phone line has expired. v1 may only get new optional fields. */
const ExpiryMessage = z.object({
  schema: z.literal('phone-expiry.v1'),
  org_id: z.int().min(1),
  username: z.string(),
});
export type ExpiryMessage = z.output<typeof ExpiryMessage>;

/** A message of the queue `jobs`, grouped by organization (fair queue). @param delay seconds */
const expiryMessage = ({ org_id, subject }: { readonly org_id: number; readonly subject: string }, delay: number) => ({
  body: { schema: 'phone-expiry.v1', org_id, username: subject } satisfies ExpiryMessage,
  group: String(org_id),
  delay,
});

/** Ends phone lines when they expire. A repeated message does nothing. */
export const phoneExpiries = consumer('phone-expiries', {
  area: 'calls',
  queue: 'jobs',
  message: ExpiryMessage,
  due: at('phone.expiry', expiryMessage),
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [writes('phone'), writes('sip-credential'), writes('count'), reports('phone.expired')],
  timeout: 30,
});
