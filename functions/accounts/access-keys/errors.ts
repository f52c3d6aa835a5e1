import { errorKinds } from '#errors.ts';

export const accessKeyErrors = errorKinds({
  TOO_MANY_KEYS: [400, 'The user has reached the limit of access keys.'],
});
