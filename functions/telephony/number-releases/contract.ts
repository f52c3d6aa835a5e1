import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { reports, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** The quarantine of a number has ended. v1 may only get new optional fields. */
const ReleaseMessage = z.object({ schema: z.literal('number-release.v1'), org_id: z.int().min(1), number: z.string() });
export type ReleaseMessage = z.output<typeof ReleaseMessage>;

/** A message of the queue `jobs`, grouped by organization (fair queue). @param delay seconds */
const releaseMessage = ({ org_id, subject }: { readonly org_id: number; readonly subject: string }, delay: number) => ({
  body: { schema: 'number-release.v1', org_id, number: subject } satisfies ReleaseMessage,
  group: String(org_id),
  delay,
});

/** Returns numbers to the inventory after their quarantine. A repeated message does nothing. */
export const numberReleases = consumer('number-releases', {
  area: 'telephony',
  queue: 'jobs',
  message: ReleaseMessage,
  due: at('number.quarantine_end', releaseMessage),
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [writes('number'), reports('number.available')],
  timeout: 30,
});
