import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { reads, sends, storesObjects, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** Asks for the next slice of a search. Within v1 only optional fields are added. */
const SearchMessage = z.object({
  schema: z.literal('sms-log-search.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the search'),
  search_id: z.string().describe('Id of the search'),
});
export type SearchMessage = z.output<typeof SearchMessage>;

/**
 * A message of the queue `jobs`. Its group is the organization: organizations share the workers fairly (SQS
 * fair queues). @param delay seconds
 */
export const searchMessage = ({ org_id, search_id }: Omit<SearchMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'sms-log-search.v1', org_id, search_id } satisfies SearchMessage,
  group: organizationText(org_id),
  delay,
});

const startMessage = ({ org_id, entity }: TriggeringEvent) => searchMessage({ org_id, search_id: entity.id });

/** Seconds. A turn is as long, so that two workers never write the same file. */
export const searchTimeout = 30;

/** Searches the SMS log, slice by slice, and writes the result. */
export const smsLogSearch = consumer('sms-log-search', {
  area: 'messaging',
  queue: 'jobs',
  message: SearchMessage,
  startedBy: on('smslogs.searched', startMessage),
  timeout: searchTimeout,
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 4,
  effects: [
    reads('smslog'),
    reads('smslog', 'GSI1'),
    reads('smslog', 'GSI2'),
    writes('search'),
    writes('count'),
    sends('jobs'),
    storesObjects('exports'),
  ],
});
