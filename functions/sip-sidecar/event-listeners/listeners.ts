import type { RawData, WebSocket } from 'ws';
import type { EventItem } from '#dynamodb/rows/event.ts';
import { AppError } from '#errors.ts';
import { minute, second } from '#schema/time.ts';
import { webhookBody } from '#schema/webhook/body.ts';
import { frameProgress } from '../transport/frame-progress.ts';
import type { Opened } from '../transport/websocket-server.ts';
import type { AuthenticateListener } from './authentication.ts';
import { credentialsOfHandshake, credentialsOfMessage, type Credentials } from './credentials.ts';
import type { EventFeed } from './event-feed.ts';
import { isSubscribed, mayEnd, type Subscription } from './subscription.ts';

/** Listeners of a task, and of one address. */
const max = { listeners: 5_000, perAddress: 100 } as const;
/**
 * In milliseconds: for the first message, from the first to the last byte of a message, between two pings, and between
 * two checks of the credentials.
 */
const interval = { login: 5 * second, message: 10 * second, ping: 30 * second, check: minute } as const;
/** Unsent bytes of a listener; beyond, its peer does not read. */
const maxUnsent = 1_048_576;

/** Events that wait while the credentials of a listener are checked. */
const maxHeld = 1_000;

/** Status of a WebSocket that the task closes (RFC 6455 §7.4.1). */
const status = { goingAway: 1_001, policy: 1_008, internal: 1_011, tryAgainLater: 1_013 } as const;

export type ListenersDependencies = {
  readonly feed: Pick<EventFeed, 'listen'>;
  readonly authenticate: AuthenticateListener;
  /** Milliseconds. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

type Listener = {
  readonly webSocket: WebSocket;
  readonly address: string;
  readonly since: string | undefined;
  readonly openedAt: number;
  credentials: Credentials | undefined;
  subscription: Subscription | undefined;
  /** Ends the delivery of events. */
  stop: () => void;
  checkedAt: number;
  /** Events that wait until it is known whether it may still listen; undefined while nothing is checked. */
  held: EventItem[] | undefined;
  pingedAt: number;
  isAnswered: boolean;
  /** When the message began that is not complete. */
  messageSince: number | undefined;
};

/** The ids of events: what comes after another text cannot be compared. */
const eventId = /^evt_[0-9A-HJKMNP-TV-Z]{26}$/;

/** WebSockets that get events as JSON texts. */
export class Listeners {
  readonly #dependencies: ListenersDependencies;
  readonly #all = new Set<Listener>();

  constructor(dependencies: ListenersDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether there is room for one more listener of this address. */
  hasRoomFor(address: string): boolean {
    return (
      this.#all.size < max.listeners &&
      [...this.#all].filter((each) => each.address === address).length < max.perAddress
    );
  }

  /** Takes over a WebSocket. */
  open({ webSocket, socket, remote, authorization, query }: Opened): void {
    if (!this.hasRoomFor(remote.address)) {
      webSocket.close(status.tryAgainLater);
      return;
    }
    const now = this.#dependencies.now();
    const since = query.get('since') ?? undefined;
    const listener: Listener = {
      webSocket,
      address: remote.address,
      since: since !== undefined && eventId.test(since) ? since : undefined,
      openedAt: now,
      credentials: undefined,
      subscription: undefined,
      stop: () => undefined,
      checkedAt: now,
      held: undefined,
      pingedAt: now,
      isAnswered: true,
      messageSince: undefined,
    };
    this.#all.add(listener);
    const progress = frameProgress();
    socket.on('data', (chunk: Buffer) => {
      const isWithin = progress.take(chunk);
      listener.messageSince = isWithin ? (listener.messageSince ?? this.#dependencies.now()) : undefined;
    });
    webSocket.on('pong', () => (listener.isAnswered = true));
    webSocket.on('message', (message) => this.#receive(listener, message));
    webSocket.on('error', () => undefined);
    webSocket.on('close', () => this.#forget(listener));
    const credentials = credentialsOfHandshake(authorization, query.get('access_token') ?? undefined);
    if (credentials !== undefined) this.#begin(listener, credentials);
  }

  /** Closes those that did not log in, do not answer pings, or may no longer listen; pings the others. */
  async tick(): Promise<void> {
    const now = this.#dependencies.now();
    const checks: Promise<void>[] = [];
    for (const listener of this.#all) {
      if (listener.credentials === undefined && now - listener.openedAt > interval.login)
        this.#reject(listener, new AppError('UNAUTHENTICATED', 'No credentials came within 5 seconds'));
      else if (now - (listener.messageSince ?? now) > interval.message)
        this.#reject(listener, new AppError('INVALID_CREDENTIALS', 'A message takes more than 10 seconds'));
      else if (now - listener.pingedAt >= interval.ping) this.#ping(listener, now);
      const isExpired = now >= (listener.subscription?.expiresAt ?? Infinity);
      if (listener.subscription !== undefined && (isExpired || now - listener.checkedAt >= interval.check))
        checks.push(this.#check(listener, now));
    }
    await Promise.all(checks);
  }

  close(): void {
    for (const { webSocket } of this.#all) webSocket.close(status.goingAway);
  }

  #ping(listener: Listener, now: number): void {
    if (!listener.isAnswered) {
      listener.webSocket.terminate();
      return;
    }
    listener.isAnswered = false;
    listener.pingedAt = now;
    listener.webSocket.ping();
  }

  /** A listener has nothing to say but its credentials. */
  #receive(listener: Listener, message: RawData): void {
    if (listener.credentials !== undefined) listener.webSocket.close(status.policy, 'No message is expected');
    else this.#begin(listener, Buffer.isBuffer(message) ? credentialsOfMessage(message.toString()) : 'malformed');
  }

  #begin(listener: Listener, credentials: Credentials | 'malformed'): void {
    if (credentials === 'malformed') {
      this.#reject(listener, new AppError('INVALID_CREDENTIALS', 'The credentials are malformed'));
      return;
    }
    listener.credentials = credentials;
    this.#subscribe(listener, credentials).catch((error: unknown) => this.#reject(listener, error));
  }

  async #subscribe(listener: Listener, credentials: Credentials): Promise<void> {
    const { authenticate, feed } = this.#dependencies;
    const subscription = await authenticate(credentials, listener.address);
    const deliver = (event: EventItem): void => this.#deliver(listener, subscription, event);
    const stop = await feed.listen(subscription.organization, deliver, listener.since);
    if (!this.#all.has(listener)) {
      stop();
      return;
    }
    Object.assign(listener, { subscription, stop });
    // The event that ends the credentials may have come before the listener heard of events.
    await this.#hold(listener, subscription);
  }

  /** After an event that may end the credentials of the listener, nothing is sent before they are checked. */
  #deliver(listener: Listener, subscription: Subscription, event: EventItem): void {
    if (listener.held === undefined && mayEnd(subscription, event)) void this.#hold(listener, subscription);
    if (listener.held === undefined) this.#sendEvent(listener, subscription, event);
    else if (listener.held.length < maxHeld) listener.held.push(event);
    else this.#reject(listener, new AppError('UNAVAILABLE', 'Try again'));
  }

  /** Checks the credentials, again if they may have ended in between, and then sends what it held. */
  async #hold(listener: Listener, subscription: Subscription): Promise<void> {
    const held: EventItem[] = [];
    listener.held = held;
    let checked = 0;
    do {
      // Events of one read come at once: one check is for all of them.
      await Promise.resolve();
      checked = held.length;
      await this.#check(listener, this.#dependencies.now());
    } while (this.#all.has(listener) && held.slice(checked).some((event) => mayEnd(subscription, event)));
    listener.held = undefined;
    if (this.#all.has(listener)) for (const event of held) this.#sendEvent(listener, subscription, event);
  }

  #sendEvent(listener: Listener, subscription: Subscription, event: EventItem): void {
    if (isSubscribed(subscription, event)) this.#send(listener, webhookBody(event));
  }

  async #check(listener: Listener, now: number): Promise<void> {
    listener.checkedAt = now;
    if (listener.credentials === undefined) return;
    try {
      await this.#dependencies.authenticate(listener.credentials, listener.address);
    } catch (error) {
      this.#reject(listener, error);
    }
  }

  #send({ webSocket }: Pick<Listener, 'webSocket'>, text: string): void {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (webSocket.bufferedAmount > maxUnsent) webSocket.terminate();
    else webSocket.send(text);
  }

  /** Says why, as an event of the type `error`, and closes the WebSocket. */
  #reject(listener: Listener, error: unknown): void {
    const known = error instanceof AppError && error.status < 500 ? error : undefined;
    if (known === undefined) this.#dependencies.fault(error);
    const { code, message } = known ?? new AppError('UNAVAILABLE', 'Try again');
    this.#send(listener, JSON.stringify({ type: 'error', data: { code, message } }));
    listener.webSocket.close(known === undefined ? status.internal : status.policy, code);
    this.#forget(listener);
  }

  #forget(listener: Listener): void {
    this.#all.delete(listener);
    listener.stop();
  }
}
