import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { IdInUrl } from '#schema/values.ts';
import { directions, entityTypes, relatedTypes, relationships } from './dependencies.ts';

const Related = z
  .object({
    id: z.string().nullable().describe('Id; null for an unmanaged gateway, and for a name that no group has'),
    type: z.enum(relatedTypes).describe('Type of the related entity'),
    name: z.string().describe('Present name; the name in the policy if the platform does not know the entity'),
    relationship: z.enum(relationships).describe('What connects the two entities'),
  })
  .meta({ id: 'RelatedPolicy' });

const Entity = z.object({
  id: z.string().describe('Id of the entity'),
  type: z.enum(entityTypes).describe('Type of the entity'),
  name: z.string().describe('Name of the entity'),
});

export const getDialplanDependencies = endpoint('GET /dialplan/dependencies', {
  id: 'getDialplanDependencies',
  summary: 'What an entity depends on and what depends on it',
  description:
    'Upstream entities name the entity; the entity names downstream entities. The template includes policies, a ' +
    'policy references groups and routes to gateways. An entity with upstream entities is deleted with `force` only.',
  scope: 'dialplan:read',
  query: {
    id: IdInUrl.describe('Id of the entity'),
    type: z.enum(entityTypes).describe('Type of the entity'),
    direction: z.enum(directions).default('both').describe('Which dependencies to list'),
  },
  answers: {
    200: z.object({
      entity: Entity.describe('The entity asked about'),
      dependencies: z
        .object({
          upstream: z.array(Related).describe('Entities that name the entity'),
          downstream: z.array(Related).describe('Entities that the entity names'),
        })
        .describe('Related entities; a list that `direction` excludes is empty'),
      dependency_count: z
        .object({
          upstream: z.int().describe('Length of `upstream`'),
          downstream: z.int().describe('Length of `downstream`'),
          total: z.int().describe('Sum of both'),
        })
        .describe('Number of listed entities'),
      can_delete: z.boolean().describe('Whether the entity can be deleted without `force`'),
      delete_blocked_reason: z
        .string()
        .nullable()
        .describe('The first upstream entity, which prevents the deletion; null: none does'),
    }),
  },
  errors: [],
  effects: [reads('policy'), reads('template'), reads('group'), reads('gateway'), reads('gateway-name')],
});

export const dialplanDependencies = resource('dialplan-dependencies', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [getDialplanDependencies],
});
