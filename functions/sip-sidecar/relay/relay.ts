import { setTimeout as pause } from 'node:timers/promises';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import type { Packet, Packets, PassPackets } from '#sidecar/packets.ts';
import { parseMessage, type SipMessage, type SipRequest } from '#sip/message.ts';
import { isAnswer } from '#sip/session/stray-answer.ts';
import type * as z from 'zod';
import type { Membership } from '../leases/membership.ts';
import { tokensAt } from '../tables/token-bucket.ts';
import type { Flow } from '../transport/flow.ts';
import { taskNamedBy } from './named-task.ts';

/** The dependencies of the relay. */
export type RelayDependencies = {
  readonly membership: Pick<Membership, 'id' | 'others' | 'isDraining' | 'isReplacing' | 'isMissed' | 'missed'>;
  readonly pass: PassPackets;
  /** Sends on a socket of this task. False if the connection of the flow is closed. */
  readonly send: (bytes: Buffer, flow: Flow) => boolean;
  /** Whether a phone that this task owns, or that has sent to it of late, is registered on a flow. */
  readonly owns: (flow: Flow) => boolean;
  /** Whether a flow of this task, which a call uses, is open. */
  readonly keep: (flow: Flow) => boolean;
  /** Processes a message in this task. */
  readonly receive: (bytes: Buffer, flow: Flow) => void;
  /** Whether a message belongs to a dialog or transaction of this task. */
  readonly isOurs: (message: SipMessage) => boolean;
  /**
   * Takes the INVITE of a CANCEL that no task knows from a task that has just died, if it is there.
   * @param silent tasks that do not answer
   */
  readonly adoptInvite: (cancel: SipRequest, flow: Flow, silent: readonly string[]) => Promise<void>;
  /** The task to which this one has moved a dialog, by Call-ID. */
  readonly movedTo: (callId: string) => string | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Bytes in one request to a task. Base64 and JSON make a third more of them. */
const maxBatch = 524_288;
/** Packets that wait for a task at most; further ones are lost, as they would be on a network. */
const maxWaiting = 2_000;
/** Requests that name no live task, which all others are asked about: anyone may send them. */
const anyonesLimit = { rate: 100, burst: 500 } as const;

/** Milliseconds for which an INVITE waits for others. If it comes again by then, it is the same one here. */
const inviteWait = 1_000;

const nothing = Buffer.alloc(0);

type Line = { readonly pass: (packet: Packet) => Promise<boolean>; waiting: number };

/**
 * Makes the sockets of all tasks reachable from each: a message for a phone goes through the task that has the phone's
 * flow, and a message for a dialog or transaction of another task goes to that task. Only the addresses of live tasks
 * in the table are used, and a message is passed on once.
 */
export class Relay {
  readonly #dependencies: RelayDependencies;
  readonly #lines = new Map<string, Line>();
  /** Flows of INVITEs of which all other tasks were asked. */
  readonly #asked = new WeakSet<Flow>();
  #anyones = { tokens: anyonesLimit.burst as number, filledAt: 0 };

  constructor(dependencies: RelayDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sends on a flow of any task. `failed` is called if that is not possible. */
  send(bytes: Buffer, flow: Flow, failed: () => void): void {
    const owner = this.#liveTask(flow.task);
    if (this.#mayHaveMoved(flow, owner)) this.#sendByNewOwner(bytes, flow, owner);
    if (owner === undefined) {
      // Asynchronously, because the transaction may not be constructed yet.
      if (!this.#dependencies.send(bytes, flow)) setImmediate(failed);
      return;
    }
    void this.#pass(owner, packetOf('send', bytes, flow))
      .catch(() => false)
      .then((isSent) => {
        // The task has just stopped: over UDP, any task can try.
        if (!isSent && !(flow.transport === 'udp' && this.#dependencies.send(bytes, flow))) failed();
      });
  }

  /**
   * Whether a balancer may send the packets of a phone to another task than that of its flow, which is gone or takes no
   * new work.
   */
  #mayHaveMoved({ transport, task = this.#ownId }: Flow, owner: SidecarTaskItem | undefined): boolean {
    if (transport !== 'udp') return false;
    return task === this.#ownId ? this.#dependencies.membership.isDraining : (owner?.draining ?? true);
  }

  /**
   * Sends by the task that has become the owner of the phone, too. A phone behind NAT gets packets from there only,
   * once the balancer has chosen another task for it; a phone that gets both takes the second one for a repetition.
   */
  #sendByNewOwner(bytes: Buffer, flow: Flow, owner: SidecarTaskItem | undefined): void {
    const { membership, owns, send } = this.#dependencies;
    if (!membership.isDraining && owns(flow)) {
      // If the task of the flow is gone, this one sends in any case.
      if (owner !== undefined) send(bytes, flow);
      return;
    }
    const isGone = owner === undefined && flow.task !== undefined && flow.task !== this.#ownId;
    const packet = packetOf('send-owned', bytes, flow);
    for (const task of membership.others)
      if (task !== owner && (isGone || !task.draining)) void this.#pass(task, packet).catch(() => false);
  }

  get #ownId(): string {
    return this.#dependencies.membership.id;
  }

  /** Whether a flow of any task, which a call uses, is open. One of a task that does not answer may be. */
  async keep(flow: Flow): Promise<boolean> {
    const owner = this.#liveTask(flow.task);
    if (owner === undefined) return this.#dependencies.keep(flow);
    if (this.#lineTo(owner).waiting >= maxWaiting) return true;
    return this.#pass(owner, packetOf('send', nothing, flow)).catch(() => true);
  }

  /** Passes a message that arrived here to the task that it belongs to. @returns false if it is to be processed here */
  passOn(message: SipMessage, bytes: Buffer, flow: Flow): boolean {
    const { membership, isOurs } = this.#dependencies;
    if (flow.task !== undefined) return false;
    if (isOurs(message)) return false;
    const named = this.#taskOf(message);
    if (named === membership.id) return false;
    if (message.kind === 'request' && message.method === 'CANCEL') return this.#passCancel(message, bytes, flow);
    if (this.#mayComeAgain(message, flow)) return this.#passInvite(bytes, flow);
    if (named === undefined) return false;
    const owner = this.#liveTask(named);
    if (owner === undefined) {
      const isAnyones = message.kind === 'request' || isAnswer(message);
      return (isAnyones && this.#passAround(message, bytes, flow)) || this.#comesAgain(message, flow);
    }
    void this.#pass(owner, packetOf('receive', bytes, flow))
      .catch(() => false)
      .then((isTaken) => (isTaken ? undefined : this.#takeHere(message, bytes, flow)));
    return true;
  }

  /**
   * Whether a request within a dialog of a task that has just died comes again, when another one may have the dialog: a
   * 481 would end it. A BYE gets the 481, as its sender is done, and the take-over ends the other side.
   */
  #comesAgain(message: SipMessage, { transport }: Flow): boolean {
    const isOfDialog = message.kind === 'request' && message.toTag !== undefined && message.method !== 'BYE';
    return isOfDialog && transport === 'udp' && this.#dependencies.membership.isMissed(this.#taskOf(message) ?? '');
  }

  /** What no other task has taken. */
  #takeHere(message: SipMessage, bytes: Buffer, flow: Flow): void {
    if (!this.#comesAgain(message, flow)) this.#receiveHere(bytes, flow);
  }

  /**
   * Whether an INVITE may have come to another task before, to which the balancer sends nothing any more: it would
   * begin a second call.
   */
  #mayComeAgain(message: SipMessage, flow: Flow): boolean {
    const isNewCall = message.kind === 'request' && message.method === 'INVITE' && message.toTag === undefined;
    return isNewCall && flow.transport === 'udp' && !this.#asked.has(flow) && this.#dependencies.membership.isReplacing;
  }

  /**
   * Gives a request that arrived here, and whose credentials are verified, to a task that has a call for it: nonces are
   * those of one task. @returns whether it was taken
   */
  async give(task: string, bytes: Buffer, flow: Flow): Promise<boolean> {
    const owner = flow.task === undefined ? this.#liveTask(task) : undefined;
    return owner !== undefined && (await this.#pass(owner, packetOf('handle', bytes, flow)).catch(() => false));
  }

  /** Takes packets of another task. @returns of each, whether it was sent, or belongs to this task */
  take({ from, packets }: z.output<typeof Packets>): boolean[] {
    return packets.map(({ kind, flow, bytes: text }) => {
      const bytes = Buffer.from(text, 'base64');
      const { connection, ...ends } = flow;
      const own: Flow = { ...ends, ...(connection === undefined ? {} : { connection }) };
      if (kind === 'send') return this.#send(bytes, own);
      if (kind === 'send-owned') return this.#dependencies.owns(own) && this.#send(bytes, own);
      const proven = kind === 'handle' ? ({ isProven: true } as const) : {};
      return this.#receive(bytes, { ...own, ...proven, task: from }, kind);
    });
  }

  /** Without bytes nothing is sent: another task asks whether the flow is open. */
  #send(bytes: Buffer, flow: Flow): boolean {
    const { keep, send } = this.#dependencies;
    return bytes.length === 0 ? keep(flow) : send(bytes, flow);
  }

  #receive(bytes: Buffer, flow: Flow, kind: Packet['kind']): boolean {
    const message = parseMessage(bytes);
    if (message.kind === 'malformed') return false;
    // Every task was asked, and one has it.
    const isAnyones =
      kind !== 'handle' && (isCancel(message) || taskNamedBy(message) !== this.#dependencies.membership.id);
    if (isAnyones && !this.#dependencies.isOurs(message)) return false;
    this.#dependencies.receive(bytes, flow);
    return true;
  }

  /**
   * A CANCEL names no task: its INVITE may be at any of them, if the balancer sends it elsewhere, or at one that has
   * just died.
   */
  #passCancel(cancel: SipRequest, bytes: Buffer, flow: Flow): boolean {
    const { membership, adoptInvite } = this.#dependencies;
    const isElsewhere = membership.others.length > 0 || membership.missed.length > 0;
    if (!isElsewhere || !this.#admitsAnyones()) return false;
    void this.#askOthers(bytes, flow).then(async ({ isTaken, silent }) => {
      if (isTaken) return;
      if (silent.length > 0 || membership.missed.length > 0) await adoptInvite(cancel, flow, silent);
      this.#receiveHere(bytes, flow);
    });
    return true;
  }

  /**
   * A request within a dialog, and a 2xx that is repeated, may name a task that has gone, and has moved the dialog to
   * any other one.
   */
  #passAround(message: SipMessage, bytes: Buffer, flow: Flow): boolean {
    if (!this.#mayAskOthers()) return false;
    void this.#isTakenByOther(bytes, flow).then((isTaken) =>
      isTaken ? undefined : this.#takeHere(message, bytes, flow),
    );
    return true;
  }

  /** As above; a caller waits for it, and others do not ask again. */
  #passInvite(bytes: Buffer, flow: Flow): boolean {
    if (!this.#mayAskOthers()) return false;
    const own = { ...flow };
    this.#asked.add(own);
    const isLate = pause(inviteWait, false, { ref: false });
    void Promise.race([this.#isTakenByOther(bytes, flow), isLate]).then((isTaken) =>
      isTaken ? undefined : this.#dependencies.receive(bytes, own),
    );
    return true;
  }

  #mayAskOthers(): boolean {
    return this.#dependencies.membership.others.length > 0 && this.#admitsAnyones();
  }

  async #isTakenByOther(bytes: Buffer, flow: Flow): Promise<boolean> {
    return (await this.#askOthers(bytes, flow)).isTaken;
  }

  /** @returns whether a task has taken a message, and the tasks that do not answer */
  async #askOthers(bytes: Buffer, flow: Flow): Promise<{ readonly isTaken: boolean; readonly silent: string[] }> {
    const packet = packetOf('receive', bytes, flow);
    const silent: string[] = [];
    const answers = this.#dependencies.membership.others.map((task) =>
      this.#pass(task, packet).catch(() => void silent.push(task.id)),
    );
    return { isTaken: (await Promise.all(answers)).includes(true), silent };
  }

  #receiveHere(bytes: Buffer, flow: Flow): void {
    const { receive, membership } = this.#dependencies;
    receive(bytes, { ...flow, task: membership.id });
  }

  /** The task of a message, also if this one has moved its dialog. */
  #taskOf(message: SipMessage): string | undefined {
    const isInDialog = message.kind === 'request' && message.toTag !== undefined;
    return (isInDialog ? this.#dependencies.movedTo(message.callId) : undefined) ?? taskNamedBy(message);
  }

  #admitsAnyones(): boolean {
    const now = this.#dependencies.now();
    const tokens = tokensAt(this.#anyones, anyonesLimit, now);
    this.#anyones = { tokens: Math.max(0, tokens - 1), filledAt: now };
    return tokens >= 1;
  }

  #liveTask(id: string | undefined): SidecarTaskItem | undefined {
    return id === undefined ? undefined : this.#dependencies.membership.others.find((task) => task.id === id);
  }

  async #pass(task: SidecarTaskItem, packet: Packet): Promise<boolean> {
    const line = this.#lineTo(task);
    if (line.waiting >= maxWaiting) return false;
    line.waiting += 1;
    try {
      return await line.pass(packet);
    } finally {
      line.waiting -= 1;
    }
  }

  /** The packets to a task stay in order, and travel together while a request is in progress. */
  #lineTo({ id, address }: SidecarTaskItem): Line {
    const known = this.#lines.get(id);
    if (known !== undefined) return known;
    const { membership, pass } = this.#dependencies;
    for (const each of this.#lines.keys()) if (this.#liveTask(each) === undefined) this.#lines.delete(each);
    const line: Line = {
      pass: newBatcher<Packet, boolean>(
        (packets) => pass({ id, address }, { from: membership.id, packets: [...packets] }),
        { max: maxBatch, concurrency: 1, sizeOf: ({ bytes }) => bytes.length },
      ),
      waiting: 0,
    };
    this.#lines.set(id, line);
    return line;
  }
}

const isCancel = (message: SipMessage): boolean => message.kind === 'request' && message.method === 'CANCEL';

const packetOf = (kind: Packet['kind'], bytes: Buffer, flow: Flow): Packet => {
  const { transport, remote, local, connection } = flow;
  return {
    kind,
    flow: { transport, remote, local, ...(connection === undefined ? {} : { connection }) },
    bytes: bytes.toString('base64'),
  };
};
