import type { Entity } from './entities.ts';

/**
 * Whose records an endpoint reaches. It matters to callers whose scope covers only their own records
 * (shared/http/authorization/README.md, "Own records").
 *
 * - `organization`: records of no user: such a caller finds none and writes none
 * - `{ user }`: by entity the field of its items that has the id of the user: such a caller finds and writes those of
 *   its user; items of other entities are not limited
 * - `found`: records whose user the handler finds, by `own` of its request, without which nothing is answered
 * - `{ none }`: nothing that could be a user's, for the reason given
 */
export type Owner =
  | 'organization'
  | { readonly user: Readonly<Partial<Record<Entity, string>>> }
  | 'found'
  | { readonly none: string };
