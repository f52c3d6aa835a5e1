import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/billing` answer. */
export const billingErrors = errorKinds({
  CALL_IN_PROGRESS: [409, 'The SIP service carries the call, and alone changes its reservation.'],
  UNKNOWN_TARIFF: [422, 'The named tariff does not exist.'],
});
