import * as z from 'zod';
import { reads, writes } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { ClientEventType } from '../../../shared/contract/events.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { limitOr, pageQuery } from '../../../shared/schema/query.ts';
import { Instant } from '../../../shared/schema/values.ts';
import { EntityPath } from '../../../shared/schema/event-entity.ts';
import { Events, FiledEvent, filingFields, TypeFilter } from './event.ts';

/** Whose events they are. */
const things = [
  reads('trunk'),
  reads('gateway'),
  reads('user'),
  reads('device'),
  reads('email'),
  reads('number'),
  reads('number-id'),
  reads('policy'),
] as const;

export const getEvents = endpoint('GET /events/{entity+}', {
  summary: 'Read events of an entity',
  description: 'Newest first; kept 30 days. `org/{id}` answers every event of the organization.',
  scope: 'system:read',
  params: { entity: EntityPath },
  query: {
    type: TypeFilter.optional(),
    since: Instant.optional(),
    until: Instant.optional(),
    limit: limitOr(100),
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  answers: { 200: Events },
  errors: [],
  effects: [reads('event'), reads('event', 'GSI1'), ...things],
});

export const putEvent = endpoint('PUT /events/{entity+}', {
  summary: 'File an event of an entity',
  description: 'Kept 30 days. `notify` is not supported yet, as there are no webhooks.',
  scope: 'events:write',
  params: { entity: EntityPath },
  body: z.object({ type: ClientEventType, ...filingFields }).meta({ id: 'NewEvent' }),
  orgFromPath: 'entity',
  rate: 'switch',
  answers: { 201: FiledEvent },
  errors: ['RESERVED_EVENT_TYPE', 'NOT_YET_SUPPORTED'],
  effects: [writes('event'), reads('event', 'GSI1'), ...things],
});

export const events = resource('events', { area: 'system', format: 'reference', endpoints: [getEvents, putEvent] });
