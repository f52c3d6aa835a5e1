import { errorKinds } from '#errors.ts';

export const subscriptionErrors = errorKinds({
  INVALID_ENTITY_TYPE: [400, 'The path names no kind of subscription.'],
  UNKNOWN_TARGET: [422, 'A target of keys is no user with an extension; `details` lists them.'],
  UNKNOWN_SERVICE_PLAN: [422, 'The tariff of the organization has no such plan.'],
  UNKNOWN_FEATURE: [422, 'The plan does not have a feature; `details` names it.'],
});
