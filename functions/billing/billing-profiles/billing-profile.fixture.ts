import { newProfile, type BillingProfile } from '../schema/billing-profile.ts';

/** A postpaid profile in USD of the organization 1001, as a new organization has it; `more` replaces its fields. */
export const profileOf = (more: Partial<BillingProfile> = {}): BillingProfile => ({
  ...newProfile({
    ...{ id: 'bp_1', organization: 1_001, billingName: 'Acme', currency: 'USD', now: '2024-01-01T00:00:00.000Z' },
  }),
  ...more,
});
