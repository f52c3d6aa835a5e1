import * as z from 'zod';
import { reads, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { ClientEventType } from '../../../shared/contract/events.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { IdInUrl, OrganizationInUrl } from '../../../shared/schema/values.ts';
import { Entry, FiledAnswer, filingFields } from './entry.ts';
import { Found, searchFields } from './search.ts';

export const putEntry = endpoint('PUT /eventlog/{orgId}', {
  summary: 'File an entry of the event log',
  description: 'It is there at once, and chained within seconds. What is filed stays; only retention removes it.',
  scope: 'events:write',
  params: { orgId: OrganizationInUrl },
  body: z.object({ event_type: ClientEventType, ...filingFields }).meta({ id: 'NewLogEntry' }),
  orgFromPath: 'orgId',
  rate: 'eventlog',
  answers: { 201: FiledAnswer },
  errors: ['RESERVED_EVENT_TYPE'],
  effects: [writes('event'), reads('user')],
});

export const searchEntries = endpoint('POST /eventlog/{orgId}', {
  summary: 'Search the event log',
  description:
    'Newest first, the last 30 days unless said. Another order than by `created_at` is that of the newest 10,000 entries read.',
  scope: 'system:read',
  params: { orgId: OrganizationInUrl },
  body: z.object(searchFields).meta({ id: 'LogSearch' }),
  brokenRule: 400,
  orgFromPath: 'orgId',
  rate: 'eventquery',
  answers: { 200: Found },
  errors: [],
  effects: [reads('eventlog'), reads('eventlog', 'GSI1'), reads('eventlog', 'GSI2'), reads('event', 'GSI2')],
});

export const getEntry = endpoint('GET /eventlog/{orgId}/{eventLogId}', {
  summary: 'Get an entry of the event log',
  scope: 'system:read',
  params: { orgId: OrganizationInUrl, eventLogId: IdInUrl },
  orgFromPath: 'orgId',
  rate: 'eventquery',
  answers: { 200: Entry },
  errors: [],
  effects: [reads('eventlog'), reads('event')],
});

export const eventLog = resource('event-log', {
  area: 'system',
  format: 'reference',
  endpoints: [putEntry, searchEntries, getEntry],
});
