import { second } from './time.ts';

/** Greetings and names of mailboxes, by phone and by upload (functions/messaging/voicemail/README.md, "Greetings"). */

/** What a recording is for: callers who find the owner unavailable or busy, or the name that a greeting says. */
export const greetingUses = ['unavailable', 'busy', 'name'] as const;
export type GreetingUse = (typeof greetingUses)[number];

/** Milliseconds of the longest recording for a use. */
export const longestGreeting = (use: GreetingUse): number => (use === 'name' ? 15 : 120) * second;

/** For which mailbox a greeting is, and for which callers. */
export type GreetingPlace = { readonly mailbox: string; readonly use: GreetingUse };

/** The name of the one file that a mailbox has for uploads of a use. */
export const greetingName = ({ mailbox, use }: GreetingPlace): string => `Mailbox ${mailbox}, ${use}`;
