import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/telephony` answer. */
export const telephonyErrors = errorKinds({
  EXTENSION_IN_USE: [409, 'Another user or device has this extension.'],
  INVALID_STATE: [409, 'The resource is in a state that does not allow this.'],
});
