import { Headers } from '#sip/headers.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import type { Session, SessionListener } from '#sip/session/session.ts';
import { legOfSide, otherSide } from '../call/state.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import type { SendInvite } from '../legs/invitation.ts';
import { extensionsIn } from '../legs/passed-headers.ts';
import { ScreenedLeg } from '../legs/screened-leg.ts';
import type { StartApplication } from '../routing/application.ts';
import { isOutside, type SipTarget, type Target } from '../routing/target.ts';
import { recordMessage, recordPart } from './media.ts';
import type { RunningCall, RunningCallParts } from './running-call.ts';

/** What goes on with a caller, and what begins it. */
export type Continuation = { readonly stored: StoredFlow; readonly start: StartApplication };

/** What an INVITE says. `offer`: that of the caller; undefined: the party makes one. */
export type Inviting = { readonly facts: Parameters<SendInvite>[1]; readonly offer: string | undefined };

type Surroundings = {
  readonly listenerOf: (leg: string) => SessionListener;
};

/** The applications that are legs of one call. */
export class CallApplications {
  readonly #call: RunningCall;
  readonly #parts: RunningCallParts;
  readonly #surroundings: Surroundings;
  /** An application that goes on with the caller when the callee hangs up, instead of the end of the call. */
  after: Continuation | undefined;

  constructor(call: RunningCall, parts: RunningCallParts, surroundings: Surroundings) {
    this.#call = call;
    this.#parts = parts;
    this.#surroundings = surroundings;
  }

  /** The callee hangs up. */
  goOn(): void {
    const { after } = this;
    this.after = undefined;
    if (after !== undefined) this.#parts.carrier.goOn(this.#call, after.start);
  }

  /**
   * Invites the party of a new leg; one that has to accept the call is asked before it is joined.
   * @param offer that of the caller; undefined: it wants one
   */
  async invite(leg: string, target: SipTarget, { facts, offer }: Inviting): Promise<Session | undefined> {
    const screened = this.#screened(leg, target, offer);
    const listener = screened?.listener ?? this.#surroundings.listenerOf(leg);
    const session = await this.#parts.carrier.invite(target, facts, listener);
    return session && (screened?.sessionOf(session) ?? session);
  }

  /**
   * A new leg whose party is asked before it is joined; undefined: it is not asked. What it costs until then is that of
   * a carrier: its leg is answered when it has answered.
   */
  #screened(leg: string, target: Target, offer: string | undefined): ScreenedLeg | undefined {
    const [call, { carrier, media }] = [this.#call, this.#parts];
    if (target.accept === undefined) return undefined;
    const seconds = isOutside(target.party) ? call.parties.secondsOf(leg, target) : null;
    return new ScreenedLeg({
      leg,
      media,
      accept: target.accept,
      replacement: (name) => this.#replacement(name),
      listener: this.#surroundings.listenerOf(leg),
      offer: () => call.traffic.callersOfferTo(leg, offer),
      onAnswered: () => {
        if (isOutside(target.party)) call.parties.noteAnswer(leg, target);
      },
      onAccepted: (session) => call.setSession(leg, session),
      paidFor: seconds === null ? null : seconds * second,
      fault: carrier.fault,
      now: () => carrier.now().getTime(),
    });
  }

  /** The sound of the organization in place of a prompt of the platform. */
  async #replacement(name: PromptName): Promise<Sound | undefined> {
    const file = this.#call.organization.settings.prompts?.[name];
    return file === undefined ? undefined : this.#parts.carrier.sound(file);
  }

  /** A new leg. @param offer that of the caller; undefined: it wants one */
  session(leg: string, start: StartApplication, offer: string | undefined): ApplicationSession {
    const [call, { carrier, media, writer, received }] = [this.#call, this.#parts];
    const { listenerOf } = this.#surroundings;
    const hearer = (): string => {
      const side = call.sideOf(leg) ?? call.parties.sideOfNew(leg);
      return legOfSide(call.state, otherSide(side)) ?? '';
    };
    return new ApplicationSession(`${call.record.id}/${leg}`, {
      start,
      offer,
      media,
      listener: listenerOf(leg),
      call: () => call.record,
      hearer,
      hold: (isHeld) => media.setHeld(hearer(), leg, isHeld),
      park: (isParked) => carrier.park(call, isParked),
      joined: () => call.connected(leg),
      headers: () => extensionsIn(received?.headers ?? Headers.none),
      dial: async (wanted) => {
        await call.joined();
        return carrier.dial(call, wanted);
      },
      replacement: (name) => this.#replacement(name),
      record: (message) =>
        message === undefined
          ? recordPart(writer, media, { id: carrier.nextId('file'), now: carrier.now() })
          : recordMessage(call.record, media, message),
      fault: carrier.fault,
      now: () => carrier.now().getTime(),
    });
  }
}
