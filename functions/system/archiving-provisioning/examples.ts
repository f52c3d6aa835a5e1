/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  setArchiving: { enabled: true, quota_gb: 50, storage_class: 'STANDARD_IA', object_lock: 'governance' },
};
