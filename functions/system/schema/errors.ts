import { errorKinds } from '#errors.ts';

/** Errors that several resources of `functions/system` answer. */
export const systemErrors = errorKinds({
  ARCHIVING_NOT_PROVISIONED: [422, 'The organization has no archive; see /archiving/provisioning.'],
  STORAGE_FULL: [507, 'The quota of the archive has no space left; see /archiving/provisioning.'],
});
