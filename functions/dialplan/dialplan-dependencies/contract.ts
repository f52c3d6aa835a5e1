import * as z from 'zod';
import { reads } from '../../../shared/contract/effects.ts';
import { endpoint } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { IdInUrl } from '../../../shared/schema/values.ts';
import { directions, entityTypes, relatedTypes, relationships } from './dependencies.ts';

const Related = z
  .object({
    /** Null: a gateway that the platform does not manage, a name that is no group. */
    id: z.string().nullable(),
    type: z.enum(relatedTypes),
    name: z.string(),
    relationship: z.enum(relationships),
  })
  .meta({ id: 'RelatedPolicy' });

export const getDependencies = endpoint('GET /dialplan/dependencies', {
  summary: 'What an entity depends on and what depends on it',
  description:
    'Upstream is what names the entity, downstream what it names. An entity that something names cannot be deleted without force.',
  scope: 'dialplan:read',
  query: { id: IdInUrl, type: z.enum(entityTypes), direction: z.enum(directions).default('both') },
  answers: {
    200: z.object({
      entity: z.object({ id: z.string(), type: z.enum(entityTypes), name: z.string() }),
      dependencies: z.object({ upstream: z.array(Related), downstream: z.array(Related) }),
      dependency_count: z.object({ upstream: z.int(), downstream: z.int(), total: z.int() }),
      can_delete: z.boolean(),
      delete_blocked_reason: z.string().nullable(),
    }),
  },
  errors: [],
  effects: [reads('policy'), reads('template'), reads('group'), reads('gateway'), reads('gateway-name')],
});

export const dialplanDependencies = resource('dialplan-dependencies', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [getDependencies],
});
