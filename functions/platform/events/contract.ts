import * as z from 'zod';
import { reads, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { ClientEventType } from '#contract/events.ts';
import { resource } from '#contract/resource.ts';
import { limitWithDefault, pageQuery } from '#schema/query.ts';
import { Instant } from '#schema/values.ts';
import { EntityPath } from '#schema/event-entity.ts';
import { examples } from './examples.ts';
import { Events, FiledEvent, filingFields, TypeFilter } from './event.ts';

/** The entities that events are about. */
const entities = [
  reads('archive'),
  reads('trunk'),
  reads('gateway'),
  reads('user'),
  reads('device'),
  reads('call'),
  reads('email'),
  reads('file'),
  reads('number'),
  reads('number-id'),
  reads('policy'),
  reads('webhook'),
] as const;

export const listEvents = endpoint('GET /events/{entity+}', {
  id: 'listEvents',
  summary: 'List the events of an entity',
  description:
    'Newest first, without a total. Events are kept for 30 days after all their consumers have them. `org/{id}` has ' +
    'every event of the organization. An entity that the organization does not have is 404. So is an entity without ' +
    'events, if the platform does not store its kind.',
  scope: 'system:read',
  params: { entity: EntityPath },
  query: {
    type: TypeFilter.optional().describe('Only events of this type, or of an area such as `call.*`'),
    since: Instant.optional().describe('Only events from this instant on'),
    until: Instant.optional().describe('Only events before this instant'),
    limit: limitWithDefault(100),
    page_token: pageQuery.page_token,
  },
  orgFromPath: 'entity',
  rate: 'eventquery',
  listField: 'events',
  answers: { 200: Events },
  errors: [],
  effects: [reads('event'), reads('event', 'GSI1'), ...entities],
});

export const fileEvent = endpoint('PUT /events/{entity+}', {
  id: 'fileEvent',
  summary: 'File an event of an entity',
  description:
    'Files an event of a type of the client. It is kept for 30 days. With `notify` the platform sends it to each ' +
    'webhook and each rule of the notifier that selects `custom` or `*`. An entity that the organization does not ' +
    'have is 404.',
  scope: 'events:write',
  unversioned: true,
  params: { entity: EntityPath },
  body: z
    .object({
      type: ClientEventType.describe('Type of the event, such as `door.opened`; none of the types of the platform'),
      ...filingFields,
    })
    .meta({ id: 'NewEvent' }),
  orgFromPath: 'entity',
  rate: 'switch',
  answers: { 201: FiledEvent },
  errors: ['RESERVED_EVENT_TYPE'],
  effects: [writes('event'), reads('event', 'GSI1'), reads('bespoke'), ...entities],
});

export const events = resource('events', {
  area: 'system',
  format: 'reference',
  endpoints: [listEvents, fileEvent],
  examples,
});
