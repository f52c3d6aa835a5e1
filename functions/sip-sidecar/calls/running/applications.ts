import { Headers } from '#sip/headers.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import type { SessionListener } from '#sip/session/session.ts';
import { withHeardDigit, type HeardDigits } from '#telephony/call.ts';
import type { CallMedia } from '../../media/call-media.ts';
import { legOfSide, otherSide, type CallState } from '../call/state.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import { extensionsIn, type ReceivedHeaders } from '../legs/passed-headers.ts';
import type { ApplicationHost, StartApplication } from '../applications/application.ts';
import type { CallWriter } from '../records/writer.ts';
import type { CallLegs } from './call-legs.ts';
import { recordMessage, recordPart } from './media.ts';
import type { CallParties } from './parties.ts';

/** What goes on with a caller, and what begins it. */
export type Continuation = { readonly stored: StoredFlow; readonly start: StartApplication };

/** What an application has done by the task. */
export type ApplicationServices = Pick<ApplicationHost, 'dial' | 'park'> & {
  /** The callee has hung up, and an application goes on with the caller. It begins a transfer at once. */
  readonly goOn: (start: StartApplication) => void;
  /** Id of a new file, for a recording. */
  readonly nextFile: () => string;
};

type Parts = {
  readonly services: ApplicationServices;
  readonly writer: Pick<CallWriter, 'call' | 'record' | 'note'>;
  readonly media: CallMedia;
  readonly received: ReceivedHeaders | undefined;
  readonly state: () => Pick<CallState<unknown>, 'a' | 'b'>;
  readonly legs: Pick<CallLegs, 'sideOf'>;
  readonly parties: Pick<CallParties, 'sideOfNew'>;
  readonly listenerOf: (leg: string) => SessionListener;
  /** Resolves when the parties of the call are joined, or it is over. */
  readonly joined: () => Promise<void>;
  /** Resolves when a leg that has answered is joined to the other party, or the call is over. */
  readonly connected: (leg: string) => Promise<void>;
  /** The sound of the organization in place of a prompt of the platform; undefined: it has none. */
  readonly replacement: (name: PromptName) => Promise<Sound | undefined>;
  readonly fault: (error: unknown) => void;
  readonly now: () => Date;
};

/** With the next write of the call: a digit is no reason for one. */
export const noteDigit = (writer: Pick<CallWriter, 'call' | 'note'>, heard: HeardDigits): void =>
  writer.note({ digits: withHeardDigit(writer.call.digits, heard) });

/** The applications that are legs of one call. */
export class CallApplications {
  readonly #parts: Parts;
  /** An application that goes on with the caller when the callee hangs up, instead of the end of the call. */
  after: Continuation | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The callee hangs up. */
  goOn(): void {
    const { after } = this;
    this.after = undefined;
    if (after !== undefined) this.#parts.services.goOn(after.start);
  }

  /** A new leg. @param offer that of the caller; undefined: it wants one */
  session(leg: string, start: StartApplication, offer: string | undefined): ApplicationSession {
    const { services, writer, media, received, legs, parties, state, joined, connected, fault, now } = this.#parts;
    const { dial, park, nextFile } = services;
    const hearingSide = () => otherSide(legs.sideOf(leg) ?? parties.sideOfNew(leg));
    const hearer = (): string => legOfSide(state(), hearingSide()) ?? '';
    return new ApplicationSession(`${writer.call.id}/${leg}`, {
      start,
      offer,
      media,
      listener: this.#parts.listenerOf(leg),
      call: () => writer.call,
      hearer,
      hold: (isHeld) => media.setHeld(hearer(), leg, isHeld),
      park,
      joined: () => connected(leg),
      headers: () => extensionsIn(received?.headers ?? Headers.none),
      dial: async (wanted) => {
        await joined();
        return dial(wanted);
      },
      noteDigit: (way) => noteDigit(writer, { side: hearingSide(), way }),
      replacement: this.#parts.replacement,
      record: (message) =>
        message === undefined
          ? recordPart(writer, media, { id: nextFile(), now: now() })
          : recordMessage(writer.call, media, message),
      fault,
      now: () => now().getTime(),
    });
  }
}
