import * as z from 'zod';
import { reads, readsSecret, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { ClientEventType } from '#contract/events.ts';
import { resource } from '#contract/resource.ts';
import { IdInUrl, OrganizationInUrl } from '#schema/values.ts';
import { examples } from './examples.ts';
import { Entry, FiledAnswer, filingFields } from './entry.ts';
import { Found, searchFields } from './search.ts';

export const fileLogEntry = endpoint('PUT /eventlog/{orgId}', {
  id: 'fileLogEntry',
  summary: 'File an entry of the event log',
  description:
    'The entry can be read at once, and is sealed into the chain of the organization within seconds. It cannot be ' +
    'changed or deleted. `recorded_by` is always the caller, whichever actor the entry names.',
  scope: 'events:write',
  unversioned: true,
  params: { orgId: OrganizationInUrl },
  body: z
    .object({
      event_type: ClientEventType.describe('Type of the entry; none of the types of the platform'),
      ...filingFields,
    })
    .meta({ id: 'NewLogEntry' }),
  orgFromPath: 'orgId',
  rate: 'eventlog',
  answers: { 201: FiledAnswer },
  errors: ['RESERVED_EVENT_TYPE'],
  effects: [writes('event'), reads('user')],
});

/** What shows the values of persons. */
const readsPersons = [reads('personkey'), readsSecret('sealing-keys')] as const;

export const searchLogEntries = endpoint('POST /eventlog/{orgId}', {
  id: 'searchLogEntries',
  summary: 'Search the event log',
  description:
    'Newest first, by default of the last 30 days, and of 366 days at most.\n\n' +
    'The search reads entries by the narrowest of three keys (resource, actor, time), and applies the other filters ' +
    'to them. A `sort_by` other than `created_at` orders the newest 10,000 entries that the key finds.\n\n' +
    'After a person is erased, text, address and the number of a resource no longer find the entries about it. Their ' +
    'ids, types and times do.',
  scope: 'system:read',
  params: { orgId: OrganizationInUrl },
  body: z.object(searchFields).meta({ id: 'LogSearch' }),
  brokenRule: 400,
  orgFromPath: 'orgId',
  rate: 'eventquery',
  listField: 'results',
  answers: { 200: Found },
  errors: [],
  effects: [
    reads('eventlog'),
    reads('eventlog', 'GSI1'),
    reads('eventlog', 'GSI2'),
    reads('event', 'GSI2'),
    ...readsPersons,
    reads('outsider'),
  ],
});

export const getLogEntry = endpoint('GET /eventlog/{orgId}/{eventLogId}', {
  id: 'getLogEntry',
  summary: 'Get an entry of the event log',
  scope: 'system:read',
  params: { orgId: OrganizationInUrl, eventLogId: IdInUrl.describe('Id of the entry') },
  orgFromPath: 'orgId',
  rate: 'eventquery',
  answers: { 200: Entry },
  errors: [],
  effects: [reads('eventlog'), reads('event'), ...readsPersons],
});

export const eventLog = resource('event-log', {
  area: 'system',
  format: 'reference',
  endpoints: [fileLogEntry, searchLogEntries, getLogEntry],
  examples,
});
