import { day } from '#schema/time.ts';
import type { Voicemail } from '#schema/voicemail.ts';

/** How long a mailbox keeps its messages (functions/messaging/README.md, "Retention of messages"). */

/** When a message is older than its mailbox keeps it, ISO 8601 UTC. */
export const expiryOf = ({ received_at: at }: Pick<Voicemail, 'received_at'>, days: number): string =>
  new Date(Date.parse(at) + days * day).toISOString();

/** Whether a message goes now. One without its audio has a deadline of its own. */
export const isExpired = (
  message: Pick<Voicemail, 'received_at' | 'status'>,
  days: number | null,
  now: Date,
): boolean => days !== null && message.status !== 'pending' && expiryOf(message, days) <= now.toISOString();

/** When to look again for a message: at its expiry, or now if that has passed. */
export const nextLook = (message: Pick<Voicemail, 'received_at'>, days: number, now: Date): string =>
  [expiryOf(message, days), now.toISOString()].toSorted().at(-1) ?? '';
