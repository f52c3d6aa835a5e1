import type { Domain } from '#schema/domain.ts';
import { newDomain } from './domain.ts';

/** A pending domain of organization 1001. @param more fields that differ */
export const domainOf = (domain: string, more: Partial<Domain> = {}): Domain => ({
  ...newDomain({ domain, organization_id: 1_001 }, [], {
    id: `dom_${domain}`,
    organization: 1_001,
    parent: 1_000,
    record: 'voiceplatform-verify=first',
    now: '2026-11-20T10:00:00.000Z',
  }),
  ...more,
});
