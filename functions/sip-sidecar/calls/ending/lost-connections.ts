import { second } from '#schema/time.ts';
import type { Session } from '#sip/session/session.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import { remoteKey } from '../../stack/transaction-flow.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';
import { sides, type Side } from '../call/state.ts';
import { flowOf, PhoneSender } from '../legs/phone-sender.ts';
import type { RunningCall } from '../running/running-call.ts';

/** A call whose phones may lose their connections. */
export type ConnectedCall = Pick<RunningCall, 'isUp' | 'state' | 'waitingFlows' | 'heard' | 'lose'> & {
  readonly legs: Pick<RunningCall['legs'], 'sessionOf'>;
};

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
  readonly sender: PhoneSender;
};

/** What is known of the sender to a phone. Unix milliseconds. */
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
  readonly #watched = new WeakMap<PhoneSender, Watched>();
  /** When connections of phones that are not joined were used, in Unix milliseconds. */
  readonly #keptAt = new WeakMap<Flow, number>();

  constructor(dependencies: LostConnectionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Call it each second. */
  async refresh(): Promise<void> {
    const due = [...this.#dependencies.calls()].flatMap((call) => this.#dueIn(call)).values();
    const waiting = this.#waiting().values();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const connected of due) await this.#check(connected);
        for (const flow of waiting) await this.#dependencies.isOpen(flow);
      }),
    );
  }

  /** Connections on which nothing comes while a phone rings: the task that has one, and leaves its work, keeps it. */
  #waiting(): readonly Flow[] {
    const now = this.#dependencies.now();
    const isDue = (flow: Flow): boolean =>
      flow.transport !== 'udp' && now - (this.#keptAt.get(flow) ?? -Infinity) >= intervals.check;
    const flows = [...this.#dependencies.calls()].flatMap(({ waitingFlows }) => waitingFlows).filter(isDue);
    for (const flow of flows) this.#keptAt.set(flow, now);
    return flows;
  }

  #dueIn(call: ConnectedCall): readonly Connected[] {
    if (!call.isUp) return [];
    return sides.flatMap((side) => {
      const session = call.legs.sessionOf(side);
      const sender = session?.route?.sender;
      if (session === undefined || !(sender instanceof PhoneSender) || sender.flow.transport === 'udp') return [];
      const watched = this.#watched.get(sender);
      const isDue =
        watched === undefined ||
        watched.lostAt !== undefined ||
        this.#dependencies.now() - watched.checkedAt >= intervals.check;
      return isDue ? [{ call, side, session, sender }] : [];
    });
  }

  async #check(connected: Connected): Promise<void> {
    const { isOpen, now } = this.#dependencies;
    const { sender, call } = connected;
    const watched = this.#watched.get(sender) ?? (await this.#watch(sender, call.state.answeredAt ?? now()));
    if (watched.lostAt !== undefined) return this.#waitFor(connected, watched, watched.lostAt);
    const isConnected = await isOpen(sender.flow);
    if (!isConnected) watched.lostAt = watched.lookedUpAt = now();
    else watched.checkedAt = now();
  }

  /** @param since when its connection was open, in Unix milliseconds */
  async #watch(sender: PhoneSender, since: number): Promise<Watched> {
    const isHere = ({ flow }: BindingItem): boolean => remoteKey(flow) === remoteKey(sender.flow);
    const own = sender.ownBindings.filter(isHere);
    const bindings = own.length > 0 ? own : (await sender.storedBindings()).filter(isHere);
    const keys = new Set(bindings.map(({ contact_key: key }) => key));
    const watched: Watched = { keys, checkedAt: since, lostAt: undefined, lookedUpAt: since };
    this.#watched.set(sender, watched);
    return watched;
  }

  /** Waits for a phone that has lost its connection. */
  async #waitFor({ call, side, session, sender }: Connected, watched: Watched, lostAt: number): Promise<void> {
    const { last } = sender.speaker;
    if (last !== undefined && (await this.#isNew(last, sender))) return this.#move(sender, last);
    const flow = await this.#registeredFlow(sender, watched);
    if (flow !== undefined) {
      await this.#move(sender, flow);
      // A phone that was restarted, and knows the dialog no more, answers 481, which ends the call.
      session.refreshTarget();
    } else if (this.#dependencies.now() - lostAt >= intervals.lost) {
      const heard = await call.heard();
      if (call.isUp) call.lose(side, heard);
    }
  }

  async #registeredFlow(sender: PhoneSender, watched: Watched): Promise<Flow | undefined> {
    const own = await this.#returned(sender, watched, sender.ownBindings);
    const now = this.#dependencies.now();
    if (own !== undefined || now - watched.lookedUpAt < intervals.lookUp) return own;
    watched.lookedUpAt = now;
    return this.#returned(sender, watched, await sender.storedBindings());
  }

  /**
   * The flow on which the contact of the phone has registered again; or another one, as the port of a new connection
   * may be part of a contact, from the same address. Other phones of the account were registered before.
   */
  async #returned(
    sender: PhoneSender,
    { keys, checkedAt }: Watched,
    bindings: readonly BindingItem[],
  ): Promise<Flow | undefined> {
    const isSame = ({ contact_key: key }: BindingItem): boolean => keys.has(key);
    const isBack = ({ registered_at: at, flow: { remote } }: BindingItem): boolean =>
      Date.parse(at) >= checkedAt && isSameAddress(remote.address, sender.flow.remote.address);
    for (const binding of [...bindings.filter(isSame), ...bindings.filter(isBack)]) {
      const flow = flowOf(binding);
      if (await this.#isNew(flow, sender)) return flow;
    }
    return undefined;
  }

  async #isNew(flow: Flow, sender: PhoneSender): Promise<boolean> {
    return remoteKey(flow) !== remoteKey(sender.flow) && this.#dependencies.isOpen(flow);
  }

  async #move(sender: PhoneSender, flow: Flow): Promise<void> {
    sender.moveTo(flow);
    await this.#watch(sender, this.#dependencies.now());
  }
}
