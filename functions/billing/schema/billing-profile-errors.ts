import { errorKinds } from '#errors.ts';

export const billingProfileErrors = errorKinds({
  NOT_CONFIGURED: [404, 'The organization has no such configuration.'],
  CURRENCY_LOCKED: [409, 'The currency cannot be changed after the first charge or credit.'],
  REFERENCE_CONFLICT: [409, 'The reference was booked with another amount.'],
});
