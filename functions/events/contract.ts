import * as z from 'zod';
import { reads, writes } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { ClientEventType } from '../../shared/contract/events.ts';
import { resource } from '../../shared/contract/resource.ts';
import { pageQuery, wholeNumber } from '../../shared/schema/query.ts';
import { Instant } from '../../shared/schema/values.ts';
import { EntityPath } from '../../shared/schema/event-entity.ts';
import { Events, FiledEvent, filingFields, TypeFilter } from './event.ts';

const usualLimit = 100;

export const getEvents = endpoint('GET /events/{entity+}', {
  summary: 'Read events of an entity',
  description: 'Newest first; kept 30 days. `org/{id}` answers every event of the organization.',
  scope: 'system:read',
  params: { entity: EntityPath },
  query: {
    type: TypeFilter.optional(),
    since: Instant.optional(),
    until: Instant.optional(),
    limit: wholeNumber(1, 500).optional().transform((limit) => limit ?? usualLimit),
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  answers: { 200: Events },
  errors: [],
  effects: [reads('event'), reads('event', 'GSI1'), reads('trunk'), reads('gateway'), reads('user')],
});

export const putEvent = endpoint('PUT /events/{entity+}', {
  summary: 'File an event of an entity',
  description: 'Kept 30 days. `notify` is not supported yet, as there are no webhooks.',
  scope: 'events:write',
  params: { entity: EntityPath },
  body: z.object({ type: ClientEventType, ...filingFields }),
  orgFromPath: 'entity',
  rate: 'switch',
  answers: { 201: FiledEvent },
  errors: ['RESERVED_EVENT_TYPE', 'NOT_YET_SUPPORTED'],
  effects: [writes('event'), reads('event', 'GSI1'), reads('trunk'), reads('user')],
});

export const events = resource('events', { area: 'system', face: 'reference', endpoints: [getEvents, putEvent] });
