import type { ReadMailbox } from '#dynamodb/rows/mailbox.ts';
import { preferencesOf } from '#functions/messaging/rows/mailbox-room.ts';
import { announcementLanguage, announcementLanguages, type AnnouncementLanguage } from '#schema/recording-notice.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import { promptSounds, spokenDigits } from '../../media/spoken.ts';
import type { StoredDeposit } from '../call/moved-application.ts';
import {
  depositBegin,
  depositScript,
  type DepositPlace,
  type DepositResult,
  type DepositSetup,
  type DepositWork,
} from '../dialogs/deposit.ts';
import { dialogAt } from '../dialogs/dialog.ts';
import { announcement } from './announcement.ts';
import type { ApplicationHost, StartApplication, WantedParties } from './application.ts';
import { DialogApplication, type DialogParts } from './dialog-application.ts';
import type { Directory } from '../directory/directory.ts';
import type { InterpretedDependencies } from './interpreted-application.ts';
import type { PhoneMessages } from './phone-messages.ts';
import type { SayTexts } from './spoken-texts.ts';

/** Why a message is left: it decides the greeting. */
export type DepositReason = 'busy' | 'unavailable';

export type DepositDependencies = InterpretedDependencies & {
  readonly directory: Pick<Directory, 'mailbox' | 'organization' | 'sound' | 'user'>;
  readonly messages: PhoneMessages;
  readonly say: SayTexts;
};

/** The language of a mailbox: its own if the platform speaks it, else that of the organization's country. */
export const mailboxLanguage = (language: string | null, country: string): AnnouncementLanguage =>
  announcementLanguages.find((each) => each === language?.split('-')[0]?.toLowerCase()) ??
  announcementLanguage(country);

/** A number that a mailbox calls, as the operator of its organization. */
export const partiesAt = (number: string): WantedParties => ({
  parties: [{ number, from_variable: false }],
  strategy: 'in_order',
  ring_seconds: 30,
  caller_id: null,
  policy: null,
  after: null,
  accept: undefined,
  music: undefined,
  user: null,
});

/** Lets callers leave messages. */
export class Deposits {
  readonly #dependencies: DepositDependencies;

  constructor(dependencies: DepositDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * What takes a message for a mailbox; undefined: there is no such mailbox.
   * @param greeting in place of that of the mailbox
   */
  async start(
    organization: number,
    mailbox: string,
    reason: DepositReason,
    greeting?: readonly PlayedSound[],
  ): Promise<StartApplication | undefined> {
    const { directory } = this.#dependencies;
    const [read, owner] = await Promise.all([
      directory.mailbox(organization, mailbox),
      directory.organization(organization),
    ]);
    if (read === undefined || owner === undefined) return undefined;
    const preferences = preferencesOf(read);
    const language = mailboxLanguage(preferences.language, owner.country);
    if (!preferences.enabled) return announcement(promptSounds(language, ['mailbox-unavailable', 'goodbye']));
    const setup: DepositSetup = {
      organization,
      mailbox,
      language,
      greeting: greeting ?? (await this.#greetingOf(organization, read, language, reason)),
      max_seconds: preferences.max_duration_seconds,
      operator: owner.settings.operator ?? null,
    };
    return (host) => {
      const application = new DialogApplication(dialogAt(depositBegin), this.#partsOf(setup), host);
      application.begin();
      return application;
    };
  }

  /** Goes on with a deposit of another task. */
  resume({ setup, state }: StoredDeposit): StartApplication {
    return (host) => {
      const application = new DialogApplication(state, this.#partsOf(setup), host);
      application.resume();
      return application;
    };
  }

  #partsOf(setup: DepositSetup): DialogParts<DepositPlace, DepositWork, DepositResult, StoredDeposit> {
    const { now, fault } = this.#dependencies;
    return {
      ...{ now, fault, script: depositScript(setup) },
      stored: (state) => ({ kind: 'deposit', setup, state }),
      work: (work, host) => this.#work(setup, work, host),
    };
  }

  async #work(setup: DepositSetup, work: DepositWork, host: ApplicationHost): Promise<DepositResult> {
    const { messages } = this.#dependencies;
    const { organization } = setup;
    const done = (isOk: boolean): DepositResult => ({ type: isOk ? 'ok' : 'missing' });
    switch (work.type) {
      case 'open': {
        const opened = await messages.open(setup, host.call(), work.replaced);
        return typeof opened === 'string' ? { type: opened } : { type: 'opened', ...opened };
      }
      case 'keep':
        return done(await messages.keep({ organization, message: work.message }, work.urgent));
      case 'drop':
        await messages.drop({ organization, message: work.message });
        return done(true);
      case 'await':
        return done(await messages.stored({ organization, message: work.message }));
      case 'dial':
        return done((await host.dial(partiesAt(work.number))) === 'answered');
    }
  }

  /** What callers hear: the file for that reason, or as the mailbox says. A file that is gone is no greeting. */
  async #greetingOf(
    organization: number,
    read: ReadMailbox,
    language: AnnouncementLanguage,
    reason: DepositReason,
  ): Promise<readonly PlayedSound[]> {
    const { greeting_type: type, greeting_file_id: file, busy_greeting_file_id: busy } = preferencesOf(read);
    const own = [...(reason === 'busy' ? [busy] : []), ...(type === 'custom' ? [file] : [])];
    for (const each of own) {
      const sound = each === null ? undefined : await this.#dependencies.directory.sound(organization, each);
      if (sound !== undefined) return [sound];
    }
    if (type !== 'name') return promptSounds(language, [`greeting-${reason}`]);
    const verb = reason === 'busy' ? 'is-busy' : 'is-not-available';
    return [...(await this.#nameOf(organization, read, language)), ...promptSounds(language, [verb, 'after-tone'])];
  }

  /** The name of the owner as it was recorded, or as it is said; or the name of the mailbox by its digits. */
  async #nameOf(
    organization: number,
    { mailbox, user_id: id, preferences }: ReadMailbox,
    language: AnnouncementLanguage,
  ): Promise<readonly PlayedSound[]> {
    const { directory, say } = this.#dependencies;
    const file = preferences?.name_file_id ?? null;
    const recorded = file === null ? undefined : await directory.sound(organization, file);
    if (recorded !== undefined) return [recorded];
    const user = id === null ? undefined : await directory.user(organization, id);
    const text = [user?.first_name, user?.last_name].filter(Boolean).join(' ');
    const [sound] = text === '' ? [] : await say(organization, [{ text, language }]);
    return sound === undefined ? promptSounds(language, spokenDigits(mailbox)) : [sound];
  }
}
