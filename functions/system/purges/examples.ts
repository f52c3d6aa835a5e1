/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  purgeRecords: { class: 'sms', dry_run: true },
};
