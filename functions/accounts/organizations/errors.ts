import { errorKinds } from '#errors.ts';

export const organizationErrors = errorKinds({
  NOT_THE_PARENT: [403, 'Only the organization above may change this.'],
  OPERATOR_ORG: [409, "The operator's organization cannot be changed in this way."],
  ORG_HAS_RESOURCES: [409, 'The organization still has resources; `details` has the kinds with their counts.'],
  LIMIT_EXCEEDS_PARENT: [422, "A limit exceeds the reseller's own; `details` lists them."],
  INVALID_PARENT: [422, 'The organization cannot be below this parent.'],
  RECORDING_NOTICE_REQUIRED: [422, 'The country demands a stronger notice of recordings; `details` names the field.'],
});
