import { errorKinds } from '#errors.ts';

export const singleSignOnErrors = errorKinds({
  INVALID_CODE: [401, 'Salesforce does not accept the code.'],
  INVALID_ID_TOKEN: [401, 'The ID token of Salesforce is not valid.'],
  SSO_USER_NOT_PERMITTED: [403, 'The Salesforce user has no active account here.'],
  SSO_NOT_CONFIGURED: [404, 'The organization has no log-in by Salesforce, or it is off.'],
  STATE_IN_USE: [409, 'Another log-in has the state.'],
  STATE_MISMATCH: [409, 'The state is unknown, used or expired, or of another organization or page.'],
  REDIRECT_URI_NOT_ALLOWED: [422, 'The set-up does not have this page.'],
  SALESFORCE_UNAVAILABLE: [503, 'Salesforce does not answer, or its answer cannot be used.'],
});
