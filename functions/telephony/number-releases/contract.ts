import * as z from 'zod';
import { at } from '../../../shared/contract/consequences.ts';
import { records, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';

/** The quarantine of a number is over. Within v1 only optional fields are added. */
const ReleaseMessage = z.object({ schema: z.literal('number-release.v1'), org_id: z.int().min(1), number: z.string() });
export type ReleaseMessage = z.output<typeof ReleaseMessage>;

/** A message of the queue `number-releases`; organizations take turns (fair queues). @param delay seconds */
const releaseMessage = (
  { org_id, subject }: { readonly org_id: number; readonly subject: string },
  delay: number,
) => ({
  body: { schema: 'number-release.v1', org_id, number: subject } satisfies ReleaseMessage,
  group: String(org_id),
  delay,
});

/** Puts numbers back into the stock when nobody else may have them any more. Done twice it does nothing. */
export const numberReleases = consumer('number-releases', {
  area: 'telephony',
  queue: 'number-releases',
  message: ReleaseMessage,
  due: at('number.quarantine_end', releaseMessage),
  batchSize: 10,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [writes('number'), records('number.available')],
  timeout: 30,
});
