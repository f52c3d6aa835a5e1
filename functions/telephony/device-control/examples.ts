/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  rebootDevice: { delay: 60, force: false },
  notifyDevice: {
    event: 'check-sync',
    content_type: 'application/simple-message-summary',
    body: 'Messages-Waiting: yes\r\nVoice-Message: 2/0 (0/0)',
    timeout: 10,
  },
};
