import type { Sidecar } from '#sidecar/client.ts';

/** A sidecar of which no task is alive, but for these answers. */
export const sidecarWhere = (answers: Partial<Sidecar>): Sidecar => ({
  notify: async () => ({ kind: 'unreachable' }),
  sendMessageSummaries: async () => undefined,
  hasPhonesAt: async () => false,
  challengeAddress: async () => ({ kind: 'answered', response_code: 200 }),
  placeCall: async () => ({ kind: 'unreachable' }),
  endCall: async () => ({ kind: 'unreachable' }),
  actOnCall: async () => ({ kind: 'unreachable' }),
  ...answers,
});
