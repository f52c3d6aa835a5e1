import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from '#telephony/call.ts';
import { fullMailboxDetails, newMessageDetails } from '#schema/voicemail.ts';
import { second } from '#schema/time.ts';
import { E164 } from '#schema/values.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { readMailbox, recordFullMailbox } from '#dynamodb/rows/mailbox.ts';
import { isByPhone, learnFact, openMessage, takeBackWrites } from '#functions/messaging/rows/phone-message.ts';
import { depositWrites, markWrites, voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { preferencesOf, roomIn } from '#functions/messaging/rows/mailbox-room.ts';
import type { SidecarContext, SidecarWrite } from '../../leases/membership.ts';
import type { Write } from '#dynamodb/write.ts';

/** The messages that callers leave by phone, in the store (functions/messaging/README.md, "Voicemail by phone"). */

/** Where a message is, or is to be. */
type Place = { readonly organization: number; readonly mailbox: string };
type Named = { readonly organization: number; readonly message: string };

export type PhoneMessages = {
  /**
   * Makes a message that is recorded, in place of another one: from now on it fills the mailbox.
   * @returns its id; or that the mailbox is full, or that no mailbox of this name takes messages
   */
  readonly open: (
    place: Place,
    call: Call,
    replaced: string | null,
  ) => Promise<{ readonly message: string } | 'full' | 'missing'>;
  /** The caller has kept it. It is new when its recording is stored, too. @returns whether it is there */
  readonly keep: (message: Named, urgent: boolean) => Promise<boolean>;
  /** The caller does not leave it. */
  readonly drop: (message: Named) => Promise<void>;
  /** Waits until its recording is stored. @returns whether it is */
  readonly stored: (message: Named) => Promise<boolean>;
};

/** Milliseconds for which a caller waits for its recording, and between two looks. */
const storedTime = 10 * second;
const lookInterval = 300;

/** The caller of a call, as it is shown to the owner of a mailbox. */
export function callerOf({ privacy, numbers: { caller }, source: { caller: party } }: Call) {
  if (privacy) return { caller_number: null, caller_name: null };
  const number = E164.safeParse(caller).success ? caller : null;
  const name = [party.name, number === null ? party.user : ''].filter(Boolean).join(' ');
  return { caller_number: number, caller_name: name === '' ? null : name.slice(0, 64) };
}

type Store = Pick<SidecarContext, 'tableOf' | 'transact' | 'recorderOf' | 'clock' | 'nextId'>;

export function phoneMessages({ tableOf, transact, recorderOf, clock, nextId }: Store): PhoneMessages {
  const get = ({ organization, message }: Named) => tableOf(organization).get(voicemailRow, { id: message });

  const drop: PhoneMessages['drop'] = (named) =>
    transact(named.organization, async () => {
      const message = await get(named);
      if (!isByPhone(message)) return [];
      return takeBackWrites(message, await holdsOn(tableOf(named.organization), 'voicemail'));
    });

  const open: PhoneMessages['open'] = async ({ organization, mailbox }, call, replaced) => {
    if (replaced !== null) await drop({ organization, message: replaced });
    const id = nextId('vm');
    let outcome: Awaited<ReturnType<PhoneMessages['open']>> = 'missing';
    await transact(organization, async (): Promise<readonly Write<SidecarWrite>[]> => {
      const table = tableOf(organization);
      const read = await readMailbox(table, mailbox);
      outcome = 'missing';
      if (read === undefined || !preferencesOf(read).enabled) return [];
      const { owners, max, isFull, isNoted } = await roomIn(table, read);
      outcome = 'full';
      if (isFull && isNoted) return [];
      const record = recorderOf(organization);
      if (isFull) return [recordFullMailbox(mailbox), record('voicemail.mailbox_full', fullMailboxDetails(mailbox))];
      outcome = { message: id };
      const facts = { id, mailbox, owners, call_id: call.id, now: clock(), ...callerOf(call) };
      return depositWrites(openMessage(facts), organization, max);
    });
    return outcome;
  };

  const keep: PhoneMessages['keep'] = async (named, urgent) => {
    let isThere = false;
    await transact(named.organization, async () => {
      const before = await get(named);
      isThere = before !== undefined;
      if (!isByPhone(before)) return [];
      const after = learnFact(before, { type: 'kept', urgent });
      const writes: Write<SidecarWrite>[] = markWrites(before, after);
      return after.status === 'new'
        ? [...writes, recorderOf(named.organization)('voicemail.new', newMessageDetails(after))]
        : writes;
    });
    return isThere;
  };

  const stored: PhoneMessages['stored'] = async (named) => {
    for (const until = Date.now() + storedTime; Date.now() < until;) {
      const message = await get(named);
      if (message === undefined) return false;
      if (message.phone?.stored !== false) return true;
      await pause(lookInterval);
    }
    return false;
  };

  return { open, keep, drop, stored };
}
