import type { Domain } from '#schema/domain.ts';

/** Another organization has verified the name of this domain; undefined if nothing changes. */
export const loseClaim = (before: Domain, now: string): Domain | undefined =>
  before.status === 'active' || (before.status === 'inactive' && before.verified_at === null)
    ? undefined
    : { ...before, status: 'inactive', verified_at: null, updated_at: now, version: before.version + 1 };
