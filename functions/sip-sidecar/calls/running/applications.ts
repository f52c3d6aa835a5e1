import { Headers } from '#sip/headers.ts';
import type { SessionListener } from '#sip/session/session.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import { extensionsIn } from '../legs/passed-headers.ts';
import type { StartApplication } from '../routing/application.ts';
import { recordPart } from './media.ts';
import type { RunningCall, RunningCallParts } from './running-call.ts';

/** What goes on with a caller, and what begins it. */
export type Continuation = { readonly stored: StoredFlow; readonly start: StartApplication };

type Surroundings = {
  readonly listenerOf: (leg: string) => SessionListener;
  /** The leg of the caller. */
  readonly caller: () => string;
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

  /** A new leg. @param offer that of the caller; undefined: it wants one */
  session(leg: string, start: StartApplication, offer: string | undefined): ApplicationSession {
    const [call, { carrier, media, writer, received }] = [this.#call, this.#parts];
    const { listenerOf, caller } = this.#surroundings;
    return new ApplicationSession(`${call.record.id}/${leg}`, {
      start,
      offer,
      media,
      listener: listenerOf(leg),
      call: () => call.record,
      hearer: caller,
      joined: () => call.joined(),
      headers: () => extensionsIn(received?.headers ?? Headers.none),
      dial: async (wanted) => {
        await call.joined();
        return carrier.dial(call, wanted);
      },
      record: () => recordPart(writer, media, { id: carrier.nextId('file'), now: carrier.now() }),
      fault: carrier.fault,
      now: () => carrier.now().getTime(),
    });
  }
}
