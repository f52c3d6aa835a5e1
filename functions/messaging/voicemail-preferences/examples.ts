/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  setVoicemailPreferences: { pin: '480163', notify_email: 'ann@example.com', max_messages: 200, retention_days: 90 },
};
