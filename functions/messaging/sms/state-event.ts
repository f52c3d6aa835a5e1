/** Events of the states of SMS (functions/messaging/README.md, "Events"). */
import { omit } from '#schema/omit.ts';
import { stateEvent, type Sms } from '#schema/sms.ts';

/** The details of the event of a message's state. */
export const stateEventOf = (sms: Sms) => omit(stateEvent(sms), 'type');

/** The events of messages that are stored for the first time: queued, or failed at once. */
export const newMessageEvents = (messages: readonly Sms[]) =>
  messages.map((sms) => ({
    ...stateEventOf(sms),
    type: sms.status === 'queued' ? ('sms.queued' as const) : ('sms.failed' as const),
  }));
