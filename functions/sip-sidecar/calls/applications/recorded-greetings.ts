import { setTimeout as pause } from 'node:timers/promises';
import { fileReferenceRow, fileRow, readReadyFile } from '#dynamodb/rows/file.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import {
  dropGreetingWrites,
  fileOfUse,
  greetingChangeWrites,
  isGreetingOfMailbox,
  newGreetingFile,
  openGreetingWrites,
  withGreeting,
} from '#functions/messaging/rows/greeting.ts';
import { preferencesDetails } from '#functions/messaging/schema/mailbox-pin.ts';
import type { GreetingUse } from '#schema/greeting.ts';
import { defaultPreferences, type VoicemailPreferences } from '#schema/mailbox.ts';
import type { Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { SidecarContext } from '../../leases/membership.ts';

/** What callers record for their mailbox, and choose: the writes and events are those of the API. */

type Box = { readonly organization: number; readonly mailbox: string };
type Recorded = { readonly organization: number; readonly file: string };
type Outcome = 'ok' | 'missing';

type Store = Pick<SidecarContext, 'tableOf' | 'transact' | 'recorderOf' | 'clock' | 'nextId'>;

/** Milliseconds for which a caller waits for its recording, and between two looks. */
const storedTime = 10 * second;
const lookInterval = 300;

export class RecordedGreetings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Makes the file that waits for a recording. @returns its id */
  async open({ organization, mailbox }: Box, use: GreetingUse): Promise<string> {
    const { transact, nextId, clock } = this.#store;
    const file = newGreetingFile(nextId('file'), { mailbox, use }, clock());
    await transact(organization, async () => openGreetingWrites(organization, file));
    return file.id;
  }

  /** What calls play of a file. */
  async sound({ organization, file }: Recorded): Promise<Sound | undefined> {
    const sound = (await readReadyFile(this.#store.tableOf(organization), file))?.content.sound;
    return sound && { organization, sha256: sound.sha256 };
  }

  /** Waits until a recording can be heard. @returns undefined: it cannot */
  async stored(recorded: Recorded): Promise<Sound | undefined> {
    for (const until = Date.now() + storedTime; Date.now() < until;) {
      const file = await this.#store.tableOf(recorded.organization).get(fileRow, { id: recorded.file });
      if (file?.upload?.state !== 'pending') return this.sound(recorded);
      await pause(lookInterval);
    }
    return undefined;
  }

  /** What is recorded for a use; undefined: nothing that plays. */
  async find({ organization, mailbox }: Box, use: GreetingUse): Promise<Sound | undefined> {
    const read = await readMailbox(this.#store.tableOf(organization), mailbox);
    const file = fileOfUse(read?.preferences ?? {}, use);
    return file === null ? undefined : this.sound({ organization, file });
  }

  /** Uses a recording from now on. The one before goes, if it was recorded by phone and nothing else uses it. */
  async keep(box: Box, use: GreetingUse, file: string): Promise<Outcome> {
    const { organization } = box;
    if ((await this.stored({ organization, file })) === undefined) return 'missing';
    const replaced = await this.#change(box, (base) => withGreeting(base, use, file));
    if (replaced === undefined) return 'missing';
    const former = fileOfUse(replaced, use);
    if (former !== null) await this.drop({ organization, file: former });
    return 'ok';
  }

  /** Chooses which greeting callers hear. */
  async choose(box: Box, type: VoicemailPreferences['greeting_type']): Promise<Outcome> {
    const replaced = await this.#change(box, (base) =>
      type === 'custom' && base.greeting_file_id === null ? undefined : { ...base, greeting_type: type },
    );
    return replaced === undefined ? 'missing' : 'ok';
  }

  /** Deletes a recording that was not kept, or is not used any more. */
  drop({ organization, file: id }: Recorded): Promise<void> {
    const { transact, tableOf, recorderOf, clock } = this.#store;
    return transact(organization, async () => {
      const table = tableOf(organization);
      const file = await table.get(fileRow, { id });
      if (!isGreetingOfMailbox(file)) return [];
      const { items } = await table.query(fileReferenceRow, { resource: id }, { limit: 1 });
      if (items.length > 0) return [];
      return [
        ...dropGreetingWrites(organization, file, { holds: await holdsOn(table, 'recordings'), now: clock() }),
        recorderOf(organization)('file.deleted', {
          entity: { type: 'file', id },
          description: `File ${file.name} deleted`,
          before: file,
        }),
      ];
    });
  }

  /** @param change undefined: it is not possible @returns the preferences before; undefined: they are not changed */
  async #change(
    { organization, mailbox }: Box,
    change: (base: VoicemailPreferences) => VoicemailPreferences | undefined,
  ): Promise<VoicemailPreferences | undefined> {
    const { transact, tableOf, recorderOf, clock } = this.#store;
    let replaced: VoicemailPreferences | undefined;
    await transact(organization, async () => {
      const read = await readMailbox(tableOf(organization), mailbox);
      const now = clock().toISOString();
      const base = read?.preferences ?? { ...defaultPreferences(mailbox), created_at: now, updated_at: now };
      const changed = read === undefined ? undefined : change(base);
      replaced = changed && base;
      if (read === undefined || changed === undefined) return [];
      const after = { ...changed, updated_at: now, version: base.version + 1 };
      const details = preferencesDetails(read.preferences, after, [read.user_id]);
      return [
        ...greetingChangeWrites(read.preferences, after),
        recorderOf(organization)('voicemailprefs.updated', details),
      ];
    });
    return replaced;
  }
}
