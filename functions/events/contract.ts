import { reads } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { pageQuery, wholeNumber } from '../../shared/schema/query.ts';
import { Instant } from '../../shared/schema/values.ts';
import { EntityPath } from './event-entity.ts';
import { Events, TypeFilter } from './event.ts';

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
  answers: { 200: Events },
  errors: [],
  effects: [reads('event'), reads('event', 'GSI1'), reads('trunk'), reads('gateway'), reads('user')],
});

export const events = resource('events', { area: 'system', face: 'reference', endpoints: [getEvents] });
