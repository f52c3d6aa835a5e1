import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import type { Write } from '#dynamodb/write.ts';
import { deletedMessageDetails, newMessageDetails, type HeardVoicemail, type Voicemail } from '#schema/voicemail.ts';
import { preferencesOf, roomIn } from '#functions/messaging/rows/mailbox-room.ts';
import {
  deleteWrites,
  forwardWrites,
  markWrites,
  messagesOf,
  voicemailRow,
} from '#functions/messaging/rows/voicemail.ts';
import {
  forwardedCopy,
  forwardedDetails,
  mark,
  markingDetails,
  markingEvent,
} from '#functions/messaging/schema/message-state.ts';
import type { SidecarContext, SidecarWrite } from '../../leases/membership.ts';

/** What callers do with the messages of their mailbox: the writes and events are those of the API. */

type Box = { readonly organization: number; readonly mailbox: string };
type InBox = Box & { readonly message: string };
type Outcome = 'ok' | 'missing' | 'full';

/** Messages that a caller may hear: as many as a mailbox may hold. */
const maxMessages = 1_000;

const isHeard = (message: Voicemail | undefined): message is HeardVoicemail =>
  message !== undefined && message.status !== 'pending';

type Store = Pick<SidecarContext, 'tableOf' | 'transact' | 'recorderOf' | 'clock' | 'nextId'>;
type Writes = readonly Write<SidecarWrite>[];

/** What is decided about a message. */
type Decision = { readonly outcome: Outcome; readonly writes: Writes };

export class HeardMessages {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The messages that were not heard, and those that were, oldest first. */
  async list({ organization, mailbox }: Box): Promise<{ fresh: readonly string[]; heard: readonly string[] }> {
    const of = messagesOf(organization, mailbox);
    const range = { order: 'asc', limit: maxMessages } as const;
    const { items } = await this.#store.tableOf(organization).queryIndex(voicemailRow, 'GSI1', of, range);
    const all = items.filter(isHeard);
    const idsOf = (isFresh: boolean): readonly string[] =>
      all.filter(({ status }) => (status === 'new') === isFresh).map(({ id }) => id);
    return { fresh: idsOf(true), heard: idsOf(false) };
  }

  /** A message that is in the mailbox, and has its audio. */
  async get({ organization, mailbox, message }: InBox): Promise<HeardVoicemail | undefined> {
    const found = await this.#store.tableOf(organization).get(voicemailRow, { id: message });
    return isHeard(found) && found.mailbox === mailbox ? found : undefined;
  }

  mark(of: InBox, action: 'read' | 'save'): Promise<Outcome> {
    const { clock, recorderOf } = this.#store;
    return this.#decide(of, async (before) => {
      const after = mark(before, action, clock().toISOString());
      if (after.status === before.status) return { outcome: 'ok', writes: [] };
      const type = markingEvent(before, after);
      const events = type === undefined ? [] : [recorderOf(of.organization)(type, markingDetails(after, action))];
      return { outcome: 'ok', writes: [...markWrites(before, after), ...events] };
    });
  }

  remove(of: InBox): Promise<Outcome> {
    const { clock, recorderOf } = this.#store;
    return this.#decide(of, async (message, table) => {
      const [holds, mailbox] = await Promise.all([holdsOn(table, 'voicemail'), readMailbox(table, of.mailbox)]);
      const deletion = { holds, owner: mailbox?.user_id ?? null, now: clock() };
      const event = recorderOf(of.organization)('voicemail.deleted', deletedMessageDetails(message));
      return { outcome: 'ok', writes: [...deleteWrites(message, deletion), whileHoldsStay(holds), event] };
    });
  }

  forward(of: InBox, to: string): Promise<Outcome> {
    const { clock, recorderOf, nextId } = this.#store;
    return this.#decide(of, async (before, table) => {
      const read = await readMailbox(table, to);
      if (read === undefined || !preferencesOf(read).enabled) return { outcome: 'missing', writes: [] };
      const { owners, max, isFull } = await roomIn(table, read);
      if (isFull) return { outcome: 'full', writes: [] };
      const place = { id: nextId('vm'), mailbox: to, owners };
      const copy = forwardedCopy(before, { ...place, comment: null, now: clock().toISOString() });
      const record = recorderOf(of.organization);
      const writes = [
        ...forwardWrites(before, [{ copy, max }]),
        record('voicemail.forwarded', forwardedDetails(before, [{ mailbox: to, id: copy.id }])),
        record('voicemail.new', newMessageDetails(copy)),
      ];
      return { outcome: 'ok', writes };
    });
  }

  /** Decides about a message that is there. */
  async #decide(
    of: InBox,
    decide: (message: HeardVoicemail, table: ReturnType<Store['tableOf']>) => Promise<Decision>,
  ): Promise<Outcome> {
    let outcome: Outcome = 'missing';
    await this.#store.transact(of.organization, async () => {
      const message = await this.get(of);
      const decided = message && (await decide(message, this.#store.tableOf(of.organization)));
      outcome = decided?.outcome ?? 'missing';
      return decided?.writes ?? [];
    });
    return outcome;
  }
}
