import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import { isLive } from '#telephony/call.ts';
import type { IncomingSession } from '#sip/session/session.ts';
import type { Flow } from '../../transport/flow.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import { legOfSide, sides, type CallState, type Side } from '../call/state.ts';
import { ApplicationSession } from '../legs/application-session.ts';
import type { LegSessions } from '../legs/sessions.ts';
import type { SenderItem } from '../legs/stored-sender.ts';
import { dialogItems, ringingParty, type MovedState, type StoredSide } from '../records/dialogs.ts';
import type { CallWriter } from '../records/writer.ts';

type Parts = {
  readonly writer: Pick<CallWriter, 'call' | 'storeDialogs'>;
  readonly now: () => Date;
};

type Surroundings = {
  readonly sessions: Pick<LegSessions, 'get' | 'beside'>;
  readonly state: () => Pick<CallState<unknown>, 'a' | 'b'>;
  /** What goes on with the caller when the callee hangs up. */
  readonly after: () => StoredFlow | undefined;
  /** What else another task needs, to go on with the call; undefined: its parties are not connected. */
  readonly moved: () => MovedState | undefined;
};

/** What another task needs of the parties of one call, to go on with them or to end them. */
export class StoredDialogs {
  readonly #parts: Parts;
  readonly #surroundings: Surroundings;
  /** The descriptions that the parties had when they were stored. */
  #described = '';
  /** Legs that have rung. */
  readonly #rung = new Set<string>();

  constructor(parts: Parts, surroundings: Surroundings) {
    this.#parts = parts;
    this.#surroundings = surroundings;
  }

  /** Stores the caller of a call that begins, which is not answered, with the call. */
  storeCaller(session: IncomingSession, flow: Flow): void {
    const path: SenderItem = { kind: 'flow', flow };
    this.#parts.writer.storeDialogs(() => {
      const invite = session.ringing?.();
      return invite === undefined ? [] : this.#items({ source: { ringing: [{ ...invite, path }] } });
    });
  }

  /** Stores the parties that are connected, and those that ring, with the next write of the call. */
  store(): void {
    const { writer } = this.#parts;
    this.#described = this.#descriptions;
    if (isLive(writer.call))
      writer.storeDialogs(() => this.#items({ source: this.#party('source'), destination: this.#destination() }));
  }

  /** The parties have agreed again: a hold is stored, and the refresh of a session changes nothing. */
  noteExchange(): void {
    if (this.#descriptions !== this.#described) this.store();
  }

  /** Without their origin, whose version each description raises (RFC 4566 §5.2). */
  get #descriptions(): string {
    const stored = sides.map((side) => this.#party(side));
    return stored.map((party) => (party && 'sdp' in party ? party.sdp : null)?.replace(/^o=.*$/m, '')).join('\n');
  }

  /** The To tag of a leg is known when it first rings: by it another task ends what the party may answer yet. */
  noteProgress(leg: string): void {
    if (this.#rung.has(leg)) return;
    this.#rung.add(leg);
    this.store();
  }

  #items(stored: Partial<Readonly<Record<Side, StoredSide | undefined>>>): readonly CallDialogItem[] {
    const { writer, now } = this.#parts;
    const { moved } = this.#surroundings;
    return isLive(writer.call) ? dialogItems(writer.call, (side) => stored[side], { now: now(), state: moved() }) : [];
  }

  #party(side: Side): StoredSide | undefined {
    const { sessions, state } = this.#surroundings;
    const session = sessions.get(legOfSide(state(), side));
    return session instanceof ApplicationSession ? session.moved : session?.stored();
  }

  #destination(): StoredSide | undefined {
    const { sessions, state, after } = this.#surroundings;
    const [stored, flow, { a, b }] = [this.#party('destination'), after(), state()];
    const ringing = sessions.beside([a, b]).flatMap(([party, session]) => ringingParty(session, party) ?? []);
    if (stored === undefined && ringing.length === 0) return undefined;
    return {
      ...stored,
      ...(stored && 'callId' in stored && flow && { after: flow }),
      ...(ringing.length > 0 && { ringing }),
    };
  }
}
