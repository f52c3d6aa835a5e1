import type { VoicemailPreferences } from '#schema/mailbox.ts';

/** PINs of mailboxes (functions/messaging/voicemail/README.md, "Mailboxes"). */

export const pinForm = /^[0-9]{4,10}$/;

/** Whether each digit is one more, or one less, than the digit before it. */
function isRun(digits: string): boolean {
  const steps = Array.from(digits.slice(1), (digit, at) => Number(digit) - Number(digits[at]));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

/** Whether a PIN is not easy to guess: equal digits, a run, or the mailbox itself. */
export const isStrongPin = (pin: string, mailbox: string): boolean =>
  new Set(pin).size > 1 && !isRun(pin) && pin !== mailbox;

/** The event of changed preferences. @param owners of the mailbox before and after the change */
export const preferencesDetails = (
  before: VoicemailPreferences | undefined,
  after: VoicemailPreferences,
  owners: readonly (string | null)[],
) => ({
  entity: { type: 'mailbox', id: after.mailbox },
  description: `Preferences of mailbox ${after.mailbox} ${before === undefined ? 'created' : 'updated'}`,
  before: before ?? {},
  after,
  fields: { owners },
  persons: owners,
});
