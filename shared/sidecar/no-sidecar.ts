import type { Sidecar } from './client.ts';

const missing = () => Promise.reject(new Error('this function has no sidecar in its dependencies'));

/** Of functions that do not ask the sidecar. */
export const noSidecar: Sidecar = {
  notify: missing,
  sendMessageSummaries: missing,
  hasPhonesAt: missing,
  challengeAddress: missing,
  placeCall: missing,
  endCall: missing,
  actOnCall: missing,
};
