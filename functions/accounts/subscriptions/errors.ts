import { errorKinds } from '#errors.ts';

export const subscriptionErrors = errorKinds({
  INVALID_ENTITY_TYPE: [400, 'The path names an unknown kind of subscription.'],
  UNKNOWN_TARGET: [422, 'A key would watch no extension of the organization; `details` lists the targets.'],
  UNKNOWN_SERVICE_PLAN: [422, 'The tariff of the organization has no such plan.'],
  UNKNOWN_FEATURE: [422, 'The plan does not have a feature; `details` names it.'],
});
