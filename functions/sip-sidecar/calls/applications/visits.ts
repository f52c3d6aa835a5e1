import { logInsWithoutPin, mailboxLogIns } from '#functions/messaging/mailbox-log-ins/contract.ts';
import { preferencesOf } from '#functions/messaging/rows/mailbox-room.ts';
import type { Invoke } from '#runtime/invoke.ts';
import { announcementLanguage, type AnnouncementLanguage } from '#schema/recording-notice.ts';
import type { HeardVoicemail } from '#schema/voicemail.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import { promptSounds, spokenDigits } from '../../media/spoken.ts';
import type { StoredVisit } from '../call/moved-application.ts';
import { dialogAt } from '../dialogs/dialog.ts';
import { typesPin, visitBegin, visitScript } from '../dialogs/mailbox-visit.ts';
import type { VisitedMailbox, VisitPlace, VisitResult, VisitSetup, VisitWork } from '../dialogs/visit-places.ts';
import type { ApplicationHost, StartApplication } from './application.ts';
import { mailboxLanguage, partiesAt } from './deposits.ts';
import { DialogApplication, type DialogParts } from './dialog-application.ts';
import type { Directory } from '../directory/directory.ts';
import type { HeardMessages } from './heard-messages.ts';
import type { InterpretedDependencies } from './interpreted-application.ts';
import type { PhoneMessages } from './phone-messages.ts';
import type { RecordedGreetings } from './recorded-greetings.ts';
import type { SayTexts } from './spoken-texts.ts';

export type VisitDependencies = InterpretedDependencies & {
  readonly directory: Pick<Directory, 'mailbox' | 'organization'>;
  readonly messages: Pick<PhoneMessages, 'open' | 'keep' | 'drop'>;
  readonly heard: Pick<HeardMessages, 'list' | 'get' | 'mark' | 'remove' | 'forward'>;
  readonly greetings: Pick<RecordedGreetings, 'open' | 'find' | 'stored' | 'keep' | 'choose' | 'drop'>;
  readonly invoke: Invoke<'mailbox-log-ins'>;
  readonly say: SayTexts;
};

/**
 * Who enters which mailbox. `mailbox` null: the caller types it. `user`: the user of the registered phone that calls;
 * null: a call from outside, whatever its number is.
 */
export type MailboxEntry = { readonly mailbox: string | null; readonly user: string | null };

type GreetingWork = Extract<VisitWork, { readonly type: `${string}_greeting` }>;
type OutsideWork = GreetingWork | Extract<VisitWork, { readonly type: 'call' | 'comment' | 'forward' | 'change_pin' }>;
type WorkOf<Type extends VisitWork['type']> = Extract<VisitWork, { readonly type: Type }>;

/** Lets callers hear the messages of their mailbox. */
export class Visits {
  readonly #dependencies: VisitDependencies;

  constructor(dependencies: VisitDependencies) {
    this.#dependencies = dependencies;
  }

  async start(organization: number, entry: MailboxEntry): Promise<StartApplication> {
    const owner = await this.#dependencies.directory.organization(organization);
    const setup: VisitSetup = { organization, ...entry, language: announcementLanguage(owner?.country ?? '') };
    return (host) => {
      const application = new DialogApplication(dialogAt(visitBegin), this.#partsOf(setup), host);
      application.begin();
      return application;
    };
  }

  /** Goes on with a visit of another task. */
  resume({ setup, state }: StoredVisit): StartApplication {
    return (host) => {
      const application = new DialogApplication(state, this.#partsOf(setup), host);
      application.resume();
      return application;
    };
  }

  #partsOf(setup: VisitSetup): DialogParts<VisitPlace, VisitWork, VisitResult, StoredVisit> {
    const { now, fault } = this.#dependencies;
    return {
      ...{ now, fault, script: visitScript(setup), isSecret: typesPin },
      stored: (state) => ({ kind: 'visit', setup, state }),
      work: (work, host) => this.#work(setup, work, host),
    };
  }

  async #work(setup: VisitSetup, work: VisitWork, host: ApplicationHost): Promise<VisitResult> {
    const { messages, heard } = this.#dependencies;
    const { organization } = setup;
    switch (work.type) {
      case 'log_in':
        return this.#logIn(setup, work.mailbox, work.pin);
      case 'fetch': {
        const message = await heard.get({ organization, ...work });
        return message === undefined ? { type: 'missing' } : this.#describe(setup, message);
      }
      case 'read':
      case 'save':
        return { type: await heard.mark({ organization, ...work }, work.type) };
      case 'delete':
        return { type: await heard.remove({ organization, ...work }) };
      case 'drop':
        await messages.drop({ organization, message: work.message });
        return { type: 'ok' };
      default:
        return this.#workOutside(setup, work, host);
    }
  }

  #workOutside(setup: VisitSetup, work: OutsideWork, host: ApplicationHost): Promise<VisitResult> {
    switch (work.type) {
      case 'call':
        return this.#callBack(setup, work, host);
      case 'comment':
        return this.#openComment(setup, work.to, host);
      case 'forward':
        return this.#forward(setup, work);
      case 'change_pin':
        return this.#changePin(setup, work);
      default:
        return this.#workOnGreeting(setup, work);
    }
  }

  async #workOnGreeting({ organization }: VisitSetup, work: GreetingWork): Promise<VisitResult> {
    const { greetings } = this.#dependencies;
    const played = (sound: PlayedSound | undefined): VisitResult =>
      sound === undefined ? { type: 'missing' } : { type: 'sounds', sounds: [sound] };
    switch (work.type) {
      case 'open_greeting':
        return { type: 'opened', message: await greetings.open({ organization, ...work }, work.use) };
      case 'find_greeting':
        return played(await greetings.find({ organization, ...work }, work.use));
      case 'await_greeting':
        return played(await greetings.stored({ organization, ...work }));
      case 'keep_greeting':
        return { type: await greetings.keep({ organization, ...work }, work.use, work.file) };
      case 'choose_greeting':
        return { type: await greetings.choose({ organization, ...work }, work.greeting) };
      case 'drop_greeting':
        await greetings.drop({ organization, ...work });
        return { type: 'ok' };
    }
  }

  /** As a call of the owner, by its dial plan. */
  async #callBack(
    { organization }: VisitSetup,
    { mailbox, number }: WorkOf<'call'>,
    host: ApplicationHost,
  ): Promise<VisitResult> {
    const owner = (await this.#dependencies.directory.mailbox(organization, mailbox))?.user_id ?? null;
    const outcome = owner === null ? 'denied' : await host.dial({ ...partiesAt(number), user: owner });
    return { type: outcome === 'answered' ? 'ok' : 'missing' };
  }

  async #openComment({ organization }: VisitSetup, to: string, host: ApplicationHost): Promise<VisitResult> {
    const opened = await this.#dependencies.messages.open({ organization, mailbox: to }, host.call(), null);
    return typeof opened === 'string' ? { type: opened } : { type: 'opened', ...opened };
  }

  /** A comment is kept with the message that it is about, or not at all. */
  async #forward({ organization }: VisitSetup, work: WorkOf<'forward'>): Promise<VisitResult> {
    const { messages, heard } = this.#dependencies;
    const type = await heard.forward({ organization, ...work }, work.to);
    const comment = work.comment === null ? undefined : { organization, message: work.comment };
    if (comment !== undefined && type === 'ok') await messages.keep(comment, false);
    else if (comment !== undefined) await messages.drop(comment);
    return { type };
  }

  async #changePin({ organization, user }: VisitSetup, { mailbox, pin }: WorkOf<'change_pin'>): Promise<VisitResult> {
    const ask = { type: 'change_pin', pin } as const;
    const { outcome } = await this.#dependencies.invoke(mailboxLogIns, { org_id: organization, mailbox, user, ask });
    return { type: outcome === 'changed' ? 'ok' : 'weak' };
  }

  async #logIn({ organization, user }: VisitSetup, mailbox: string, pin: string | null): Promise<VisitResult> {
    const { invoke, directory, heard } = this.#dependencies;
    const ask = { type: 'log_in', pin } as const;
    const asked = pin === null ? logInsWithoutPin : mailboxLogIns;
    const { outcome } = await invoke(asked, { org_id: organization, mailbox, user, ask });
    if (outcome !== 'open') return { type: outcome === 'locked' ? 'locked' : 'wrong' };
    const [read, owner, found] = await Promise.all([
      directory.mailbox(organization, mailbox),
      directory.organization(organization),
      heard.list({ organization, mailbox }),
    ]);
    if (read === undefined || owner === undefined) return { type: 'wrong' };
    const { language, timezone, callback_from_outside: mayCallBack = false } = preferencesOf(read);
    const isOwnPhone = user !== null && user === read.user_id;
    const visit: VisitedMailbox = {
      mailbox,
      language: mailboxLanguage(language, owner.country),
      zone: timezone ?? owner.timezone,
      may_call_back: read.user_id !== null && (isOwnPhone || mayCallBack),
      fresh: found.fresh.length,
      queue: [...found.fresh, ...found.heard],
      at: 0,
    };
    return { type: 'entered', visit };
  }

  /** A message as it is heard, in the language of its mailbox. */
  async #describe({ organization }: VisitSetup, message: HeardVoicemail): Promise<VisitResult> {
    const { directory, now } = this.#dependencies;
    const [read, owner] = await Promise.all([
      directory.mailbox(organization, message.mailbox),
      directory.organization(organization),
    ]);
    const language = mailboxLanguage(read?.preferences?.language ?? null, owner?.country ?? '');
    return {
      type: 'message',
      message: {
        ...{ id: message.id, audio: message.audio, seconds: message.duration_seconds, urgent: message.urgent },
        ...{ received: Date.parse(message.received_at), now: now(), number: message.caller_number },
        caller: await this.#callerOf(organization, message, language),
      },
    };
  }

  /** The name of the caller as it is said, or its number by its digits. */
  async #callerOf(
    organization: number,
    { caller_name: name, caller_number: number }: HeardVoicemail,
    language: AnnouncementLanguage,
  ): Promise<readonly PlayedSound[]> {
    const [said] =
      name === null ? [] : await this.#dependencies.say(organization, [{ text: name.slice(0, 64), language }]);
    if (said !== undefined) return [said];
    return promptSounds(language, spokenDigits(number ?? name ?? ''));
  }
}
