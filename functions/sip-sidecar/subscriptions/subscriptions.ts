import { setImmediate } from 'node:timers/promises';
import type { ResponseParts } from '#sip/build.ts';
import { address, type Address } from '#sip/address.ts';
import { dialogKeyOfRequest } from '#sip/dialog/dialog.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { eventPackages, type EventPackageName } from '#sip/subscription/packages.ts';
import {
  acceptance,
  endsSubscription,
  newSubscription,
  notifyIn,
  refreshSubscription,
  subscriptionKey,
  subscriptionTerms,
  type EndReason,
  type Subscription,
  type SubscriptionTerms,
} from '#sip/subscription/subscription.ts';
import { isSipUri } from '#sip/uri.ts';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import type { Arrived, AuthenticatedResponse } from '../stack/authenticated-requests.ts';
import { LatestSender } from './latest-sender.ts';
import type { Authenticate } from '../registrar/authentication.ts';
import type { MayRegister } from '../registrar/permissions.ts';
import { notRegisteredHere, type LocateAccount, type SourceReport } from '../registrar/registrar.ts';
import { unauthenticatedResponse } from '../registrar/responses.ts';
import type { SipStack } from '../stack/sip-stack.ts';
import type { Flow } from '../transport/flow.ts';
import { SubscriptionTable, type LineSubscription, type Watched } from './subscription-table.ts';

/** What an event package reports. */
export type EventSource = {
  /** What a line may subscribe to with this request, or the response that rejects it. */
  readonly resourceOf: (request: SipRequest, account: AnyAccountItem) => Promise<string | ResponseParts>;
  /**
   * The present state for a line; undefined if the line may not have it any more.
   * @param version of the body, from 0: it rises with each NOTIFY of a subscription
   */
  readonly bodyOf: (subscriber: Subscriber, version: number) => Promise<string | undefined>;
};

/** A line that has subscribed to a resource. */
export type Subscriber = Omit<LineSubscription, 'subscription' | 'flow'>;

/** The dependencies of subscriptions. */
export type SubscriptionsDependencies = {
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  readonly locate: LocateAccount;
  readonly sources: SourceReport;
  readonly events: Readonly<Record<EventPackageName, EventSource>>;
  readonly stack: Pick<SipStack, 'request' | 'via'>;
  readonly fault: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

type Begun = { readonly terms: SubscriptionTerms; readonly arrived: Arrived; readonly account: AnyAccountItem };
type Refreshed = Omit<Begun, 'arrived'> & { readonly flow: Flow };

/** Phones that are notified without a pause: 20 NOTIFYs take some milliseconds. */
const groupSize = 20;
/** RFC 3261 §21.5.4. */
const full: ResponseParts = { status: 503, headers: Headers.none.append(header.retryAfter, '60') };
const isRejection = (value: object | string): value is ResponseParts => typeof value === 'object' && 'status' in value;

/**
 * Our Contact in a subscription: the URI by which the phone has reached us, as its next requests will reach us the same
 * way. Another task answers them with 481, and the phone subscribes again.
 */
function contactOf({ target }: Subscription, { transport }: Flow): Address {
  if (!isSipUri(target)) return address(target);
  const parameters = transport === 'udp' ? Parameters.none : new Parameters([['transport', transport]]);
  return address({ ...target, password: undefined, parameters });
}

/** Answers SUBSCRIBE (RFC 6665), and notifies the phones that have subscribed at this task. */
export class Subscriptions {
  readonly #dependencies: SubscriptionsDependencies;
  readonly #table = new SubscriptionTable();
  readonly #sender = new LatestSender();

  constructor(dependencies: SubscriptionsDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#table.size;
  }

  /** Whether the phone of a binding has subscribed. */
  hasPhone(name: EventPackageName, { sip_username: username, flow }: BindingItem): boolean {
    return this.#table.hasPhone(name, username, flow);
  }

  /** Authenticates a SUBSCRIBE as a REGISTER is authenticated, and applies it. */
  async subscribe(request: SipRequest, arrived: Arrived): Promise<AuthenticatedResponse> {
    const { authenticate, mayRegister, locate, sources } = this.#dependencies;
    const { flow } = arrived.flow;
    const outcome = await authenticate(request, flow);
    if (outcome.kind !== 'authenticated') return unauthenticatedResponse(outcome);
    // What a stranger has from a phone is worth nothing elsewhere. A phone may subscribe before it registers.
    if ((await locate(outcome.account, flow.remote.address)) === 'elsewhere') return notRegisteredHere;
    sources.recordSuccess(flow);
    if (!(await mayRegister(outcome.account, flow))) return { status: 403 };
    const terms = subscriptionTerms(request);
    if (isRejection(terms)) return terms;
    return request.toTag === undefined
      ? this.#begin(request, { terms, arrived, account: outcome.account })
      : this.#refresh(request, { terms, flow, account: outcome.account });
  }

  async #begin(request: SipRequest, { terms, arrived, account }: Begun): Promise<AuthenticatedResponse> {
    const { events, now } = this.#dependencies;
    const resource = await events[terms.package].resourceOf(request, account);
    if (typeof resource === 'object') return resource;
    if (this.#table.isFull) return full;
    const subscription = newSubscription(request, terms, { toTag: arrived.toTag, now: now() });
    if (isRejection(subscription)) return subscription;
    const { org_id: organization, sip_username: username, domain } = account;
    return this.#accept({ subscription, organization, username, domain, resource, flow: arrived.flow.flow }, terms);
  }

  #refresh(request: SipRequest, { terms, flow, account }: Refreshed): AuthenticatedResponse {
    const before = this.#table.get(dialogKeyOfRequest(request));
    const isOwn = before?.username === account.sip_username;
    if (before === undefined || !isOwn || before.subscription.id !== terms.id) return { status: 481 };
    const subscription = refreshSubscription(before.subscription, request, {
      seconds: terms.seconds,
      now: this.#dependencies.now(),
    });
    return isRejection(subscription) ? subscription : this.#accept({ ...before, subscription, flow }, terms);
  }

  /** Each SUBSCRIBE is followed by a NOTIFY (RFC 6665 §4.2.1.2). Without seconds it is the last one. */
  #accept(accepted: LineSubscription, { seconds }: SubscriptionTerms): AuthenticatedResponse {
    this.#table.set(accepted);
    const { subscription, flow } = accepted;
    return {
      ...acceptance(contactOf(subscription, flow), seconds),
      onSent: () => this.#notifyLater(accepted),
    };
  }

  /**
   * Notifies the phones that have subscribed to something that has changed. Other work is done between groups of them.
   * Ends when they have answered.
   */
  async update(changed: Watched): Promise<void> {
    const sent: Promise<unknown>[] = [];
    for (const each of this.#table.of(changed)) {
      sent.push(this.#notify(each));
      if (sent.length % groupSize === 0) await setImmediate();
    }
    await Promise.all(sent);
  }

  /** Whether a phone has subscribed to a resource. */
  has(watched: Watched): boolean {
    return this.#table.of(watched).length > 0;
  }

  /** Ends the subscriptions of a package that are allowed no more. */
  async recheck(name: EventPackageName, isAllowed: (subscriber: Subscriber) => Promise<boolean>): Promise<void> {
    for (const each of this.#table.all())
      if (each.subscription.package === name && !(await isAllowed(each))) this.#notifyLater(each);
  }

  /** Ends the subscriptions that have expired. */
  expire(): void {
    for (const expired of this.#table.expired(this.#dependencies.now())) this.#notifyLater(expired);
  }

  /** Ends all: the phones subscribe at another task. */
  close(): void {
    for (const each of this.#table.all()) this.#send(each, undefined, 'deactivated').catch(() => undefined);
  }

  #notifyLater(of: LineSubscription): void {
    this.#notify(of).catch(this.#dependencies.fault);
  }

  /** One NOTIFY at a time, in the order of CSeq. The state is read when it is sent. */
  #notify({ subscription }: LineSubscription): Promise<unknown> {
    const key = subscriptionKey(subscription);
    return this.#sender.send(key, async () => {
      const present = this.#table.get(key);
      if (present === undefined) return;
      const { package: name } = subscription;
      const body = await this.#dependencies.events[name].bodyOf(present, present.subscription.notified);
      await this.#send(present, body, body === undefined ? eventPackages[name].lost : undefined);
    });
  }

  async #send(of: LineSubscription, body: string | undefined, end: EndReason | undefined): Promise<void> {
    const { stack, now } = this.#dependencies;
    const key = subscriptionKey(of.subscription);
    // A SUBSCRIBE may have changed it while the state was read.
    const { flow, ...present } = this.#table.get(key) ?? of;
    const isExpired = present.subscription.expiresAt <= now();
    const { subscription, request } = notifyIn(present.subscription, {
      via: stack.via(flow),
      contact: contactOf(present.subscription, flow),
      body,
      now: now(),
      ...(end === undefined ? {} : { end }),
    });
    if (end === undefined && !isExpired) this.#table.set({ ...present, flow, subscription });
    else this.#table.delete(key);
    const isAlive = await this.#isAnswered(request, flow);
    if (!isAlive) this.#table.delete(key);
  }

  /** Whether the phone still has the subscription of a NOTIFY (RFC 6665 §4.2.2). */
  #isAnswered(request: SipRequest, flow: Flow): Promise<boolean> {
    return new Promise((resolve) => {
      const isSent = this.#dependencies.stack.request(request, flow, {
        onResponse: (response) => (response.status < 200 ? undefined : resolve(!endsSubscription(response))),
        onFailure: () => resolve(false),
      });
      // At the limit of transactions, the next change tries again.
      if (!isSent) resolve(true);
    });
  }
}
