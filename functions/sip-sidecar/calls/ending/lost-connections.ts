import { second } from '#schema/time.ts';
import type { Session } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import { remoteKey } from '../../transaction-flow.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';
import { sides, type Side } from '../call/state.ts';
import { flowOf, PhoneWay } from '../legs/phone-way.ts';
import type { RunningCall } from '../running/running-call.ts';

/** A call whose phones may lose their connections. */
export type ConnectedCall = Pick<RunningCall, 'isUp' | 'state' | 'sessionOf' | 'heard' | 'lose'>;

/** The dependencies of lost connections. */
export type LostConnectionsDependencies = {
  readonly calls: () => Iterable<ConnectedCall>;
  /** Whether a flow of any task is open. */
  readonly isOpen: (flow: Flow) => Promise<boolean>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Intervals in milliseconds. */
const intervals = {
  /** Between two checks of a connection. */
  check: 3 * second,
  /** Between two look-ups of where else a phone has registered. */
  lookUp: 5 * second,
  /** After which the call of a phone that is not back ends. */
  lost: 30 * second,
} as const;

/** Connections that are checked at the same time. */
const concurrency = 100;

/** A phone in a call that has a connection. */
type Connected = {
  readonly call: ConnectedCall;
  readonly side: Side;
  readonly session: Session;
  readonly way: PhoneWay;
};

/** What is known of the way to a phone. Unix milliseconds. */
type Watched = {
  /** The contacts that are registered on its flow. */
  readonly keys: ReadonlySet<string>;
  /** When its connection was open. */
  checkedAt: number;
  /** When its connection was found closed; undefined: it was open. */
  lostAt: number | undefined;
  lookedUpAt: number;
};

/**
 * Ends the calls of phones whose TCP, TLS or WebSocket connection has closed, unless they return: they send a request
 * within the dialog over another flow, or register again. Calls over UDP have no connection to lose (`LostParties`).
 */
export class LostConnections {
  readonly #dependencies: LostConnectionsDependencies;
  readonly #watched = new WeakMap<PhoneWay, Watched>();

  constructor(dependencies: LostConnectionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Call it each second. */
  async refresh(): Promise<void> {
    const due = [...this.#dependencies.calls()].flatMap((call) => this.#dueIn(call)).values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const connected of due) await this.#check(connected);
      }),
    );
  }

  #dueIn(call: ConnectedCall): readonly Connected[] {
    if (!call.isUp) return [];
    return sides.flatMap((side) => {
      const session = call.sessionOf(side);
      const way = session?.route?.way;
      if (session === undefined || !(way instanceof PhoneWay) || way.flow.transport === 'udp') return [];
      const watched = this.#watched.get(way);
      const isDue =
        watched === undefined ||
        watched.lostAt !== undefined ||
        this.#dependencies.now() - watched.checkedAt >= intervals.check;
      return isDue ? [{ call, side, session, way }] : [];
    });
  }

  async #check(connected: Connected): Promise<void> {
    const { isOpen, now } = this.#dependencies;
    const { way, call } = connected;
    const watched = this.#watched.get(way) ?? (await this.#watch(way, call.state.answeredAt ?? now()));
    if (watched.lostAt !== undefined) return this.#waitFor(connected, watched, watched.lostAt);
    const isConnected = await isOpen(way.flow);
    if (!isConnected) watched.lostAt = watched.lookedUpAt = now();
    else watched.checkedAt = now();
  }

  /** @param since when its connection was open, in Unix milliseconds */
  async #watch(way: PhoneWay, since: number): Promise<Watched> {
    const isHere = ({ flow }: BindingItem): boolean => remoteKey(flow) === remoteKey(way.flow);
    const own = way.ownBindings.filter(isHere);
    const bindings = own.length > 0 ? own : (await way.storedBindings()).filter(isHere);
    const keys = new Set(bindings.map(({ contact_key: key }) => key));
    const watched: Watched = { keys, checkedAt: since, lostAt: undefined, lookedUpAt: since };
    this.#watched.set(way, watched);
    return watched;
  }

  /** Waits for a phone that has lost its connection. */
  async #waitFor({ call, side, session, way }: Connected, watched: Watched, lostAt: number): Promise<void> {
    const { last } = way.speaker;
    if (last !== undefined && (await this.#isNew(last, way))) return this.#move(way, last);
    const flow = await this.#registeredFlow(way, watched);
    if (flow !== undefined) {
      await this.#move(way, flow);
      // A phone that was restarted, and knows the dialog no more, answers 481, which ends the call.
      session.refreshTarget();
    } else if (this.#dependencies.now() - lostAt >= intervals.lost) {
      const heard = await call.heard();
      if (call.isUp) call.lose(side, heard);
    }
  }

  async #registeredFlow(way: PhoneWay, watched: Watched): Promise<Flow | undefined> {
    const own = await this.#returned(way, watched, way.ownBindings);
    const now = this.#dependencies.now();
    if (own !== undefined || now - watched.lookedUpAt < intervals.lookUp) return own;
    watched.lookedUpAt = now;
    return this.#returned(way, watched, await way.storedBindings());
  }

  /**
   * The flow on which the contact of the phone has registered again; or another one, as the port of a new connection
   * may be part of a contact, from the same address. Other phones of the account were registered before.
   */
  async #returned(
    way: PhoneWay,
    { keys, checkedAt }: Watched,
    bindings: readonly BindingItem[],
  ): Promise<Flow | undefined> {
    const isSame = ({ contact_key: key }: BindingItem): boolean => keys.has(key);
    const isBack = ({ registered_at: at, flow: { remote } }: BindingItem): boolean =>
      Date.parse(at) >= checkedAt && isSameAddress(remote.address, way.flow.remote.address);
    for (const binding of [...bindings.filter(isSame), ...bindings.filter(isBack)]) {
      const flow = flowOf(binding);
      if (await this.#isNew(flow, way)) return flow;
    }
    return undefined;
  }

  async #isNew(flow: Flow, way: PhoneWay): Promise<boolean> {
    return remoteKey(flow) !== remoteKey(way.flow) && this.#dependencies.isOpen(flow);
  }

  async #move(way: PhoneWay, flow: Flow): Promise<void> {
    way.moveTo(flow);
    await this.#watch(way, this.#dependencies.now());
  }
}
