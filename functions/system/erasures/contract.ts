import * as z from 'zod';
import {
  effectsOfArchiving,
  reads,
  records,
  removes,
  removesVersions,
  rotatesSecret,
  sends,
  storesObjects,
  writes,
} from '#contract/effects.ts';
import { readsRecords, removesRecords } from '#contract/record-effects.ts';
import { consumer } from '#contract/resource.ts';
import { ErasedPerson } from '#schema/erased-person.ts';
import { IdInUrl, organizationText } from '#schema/values.ts';

/** An erasure that has a turn to run. Within v1 only optional fields are added. */
const ErasureMessage = z.object({
  schema: z.literal('erasure.v1'),
  org_id: z.int().min(1),
  erasure_id: IdInUrl,
  person: ErasedPerson,
  /** Whether records are erased, or only reported. */
  erase: z.boolean(),
});
export type ErasureMessage = z.output<typeof ErasureMessage>;

/** A message of the queue `jobs`; organizations take turns (fair queues). @param delay seconds */
export const erasureMessage = ({ org_id, erasure_id, person, erase }: Omit<ErasureMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'erasure.v1', org_id, erasure_id, person, erase } satisfies ErasureMessage,
  group: organizationText(org_id),
  delay,
});

/** Erases a person from the records of an organization, page by page, in turns. `bin/erase-person.ts` starts it. */
export const erasures = consumer('erasures', {
  area: 'system',
  queue: 'jobs',
  message: ErasureMessage,
  timeout: 30,
  memory: 1_024,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [
    ...readsRecords,
    ...removesRecords,
    reads('held'),
    reads('user'),
    ...effectsOfArchiving,
    writes('archiving'),
    removesVersions('archives'),
    writes('erasure'),
    removes('personkey'),
    writes('personerasure'),
    writes('outsider'),
    // The first code makes the first key.
    rotatesSecret('sealing-keys'),
    records('archiving.person_erased'),
    records('archiving.rewritten'),
    sends('jobs'),
    storesObjects('exports'),
  ],
});
