import { errorKinds } from '#errors.ts';

export const callErrors = errorKinds({
  INSUFFICIENT_BALANCE: [402, 'The available credit does not pay for a call.'],
  CALL_DENIED: [403, 'The dial plan does not allow the call; `details.reason` says why.'],
  SOURCE_NOT_ALLOWED: [403, 'The caller places calls from its own devices, lines and numbers only.'],
  INVALID_CALL_STATE: [409, 'The call is in a state that does not allow this.'],
  VOICEMAIL_DROP_NOT_ALLOWED: [403, 'The voicemail drop belongs to another user.'],
  VOICEMAIL_DROP_NOT_READY: [409, 'The voicemail drop has nothing that calls can play.'],
  NO_FREE_SLOT: [409, 'All slots in which calls are parked are in use.'],
  CALLER_ID_NOT_ALLOWED: [422, 'The caller id is no active number of the organization.'],
  RECORDING_UNAVAILABLE: [422, 'No media relay records calls.'],
});
