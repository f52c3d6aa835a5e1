import * as z from 'zod';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { answering } from '#contract/resource.ts';

/** PINs are typed as digits; longer input is wrong. */
const Pin = z.string().max(32);

/**
 * Logs callers in to mailboxes, and changes PINs (functions/messaging/README.md, "Hearing voicemail by phone"). No
 * other function reads the hash of a PIN.
 */
export const mailboxLogIns = answering('mailbox-log-ins', {
  area: 'messaging',
  question: z.object({
    org_id: z.int().min(1),
    mailbox: z.string().max(32),
    /** The user of the registered phone that calls; null: a call from outside. */
    user: z.string().max(81).nullable(),
    ask: z.discriminatedUnion('type', [
      /** `pin` null: the owner's own phone, where it needs none. */
      z.object({ type: z.literal('log_in'), pin: Pin.nullable() }),
      /** For a caller that has logged in. */
      z.object({ type: z.literal('change_pin'), pin: Pin }),
    ]),
  }),
  /** `weak`: the PIN is easy to guess, or has another length. */
  answer: z.object({ outcome: z.enum(['open', 'wrong', 'locked', 'changed', 'weak']) }),
  effects: [
    writes('mailbox-access'),
    writes('mailbox-pin'),
    writes('voicemailprefs'),
    writes('count'),
    reads('user-extension'),
    records('voicemailprefs.updated'),
    reports('voicemail.access_locked'),
  ],
  timeout: 5,
  // A question that is asked again would count a try twice.
  attempts: 1,
  // A whole processor, for the hash.
  memory: 1_769,
});

/** Without a PIN no try is counted: a function that starts slowly is asked again. */
export const logInsWithoutPin = { ...mailboxLogIns, attempts: 3 };
