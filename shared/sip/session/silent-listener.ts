import type { SessionListener } from './session.ts';

/** Listens to a dialog that belongs to no session any more. Requests of the peer are rejected until its BYE. */
export const silentListener: SessionListener = {
  onProgress: () => undefined,
  onAnswer: () => undefined,
  onFailure: () => undefined,
  onAcknowledge: () => undefined,
  onOffer: ({ respond }) => respond({ status: 481 }),
  onInfo: ({ respond }) => respond(481),
  onRefer: ({ reject }) => reject(481),
  onEnd: () => undefined,
};
