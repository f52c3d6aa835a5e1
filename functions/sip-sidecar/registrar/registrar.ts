import type { Store } from '#dynamodb/client.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { maxBatchSize } from '#dynamodb/put-each.ts';
import { bindingRow, bindingsOfOwner, type BindingItem } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import type { AnyAccountItem, SipAccountItem } from '../../telephony/rows/sip-account.ts';
import { minute, second } from '#schema/time.ts';
import type { ResponseParts } from '#sip/build.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipRequest } from '#sip/message.ts';
import type { Membership, SidecarContext, SidecarWrite } from '../leases/membership.ts';
import { newBatcher } from '#concurrency/batcher.ts';
import { keyedQueue } from '#concurrency/keyed-queue.ts';
import { isSameAddress, type Flow } from '../transport/flow.ts';
import type { SourceLimits } from '../transport/source-limits.ts';
import type { Authenticate } from './authentication.ts';
import { newCommitBatcher, type CommitBatcher } from '#runtime/commit-batcher.ts';
import { aorOf, contactsUntil, requestedContacts, type RequestedContacts } from './contacts.ts';
import { OwnedBindings, type Owned } from './owned-bindings.ts';
import type { MayRegister } from './permissions.ts';
import { applyRegister, extendedBinding, type Outcome, type BindingOrigin } from './registration.ts';
import { okResponse, rejectionResponse, unauthenticatedResponse } from './responses.ts';
import { areLinesUnregistered, expiryWrites, isAccountDeleted, refreshAll, registrationWrites } from './store.ts';

/** Is notified of each authentication that succeeds. */
export type SourceReport = Pick<SourceLimits, 'recordSuccess'>;

/** The dependencies of the registrar. */
export type RegistrarDependencies = {
  readonly context: SidecarContext;
  readonly store: Store;
  readonly membership: Pick<Membership, 'id' | 'address' | 'late' | 'wasAloneSince'>;
  readonly authenticate: Authenticate;
  readonly mayRegister: MayRegister;
  readonly sources: SourceReport;
};

/** Stored characters of a User-Agent. */
const maxUserAgent = 128;

/** Time for which the other bindings of a user name are cached for the responses to refreshes, in milliseconds. */
const othersTtl = 40 * second;

/**
 * Milliseconds after which a task that is alone knows all bindings: until then it may have some that a task that was
 * alive then took over.
 */
const knownAfter = 2 * minute;

/** Concurrent batches of refreshes, and of device states: 200 refreshes, or 1,500 a second at 130 ms per batch. */
const concurrency = 8;
/** Device states per batch. */
const maxStates = 100;

/** What a binding has of the device or the phone line that its account belongs to. */
function holderOf(account: AnyAccountItem): Pick<BindingOrigin, 'device_id' | 'line_number' | 'event_callback'> {
  if (account.kind !== 'line') return { device_id: account.device_id, line_number: account.line_number };
  return account.event_callback === undefined ? {} : { event_callback: account.event_callback };
}

/** The changes of a REGISTER, or why it is rejected. */
type Decision = Outcome | { readonly status: number; readonly reason: string };

/**
 * Where an account is registered, seen from an address: there, at other ones only, or nowhere. A device that the seller
 * has marked for calls without a registration is at every address.
 */
export type Whereabouts = 'here' | 'elsewhere' | 'nowhere';

/** Looks for live bindings of an account at an address, at any port and at any task. */
export type LocateAccount = (account: AnyAccountItem, address: string) => Promise<Whereabouts>;

const isEverywhere = (account: AnyAccountItem): boolean =>
  account.kind !== 'line' && account.calls_without_registration === true;

/** The response to right credentials from an address at which their account has no binding. */
export const notRegisteredHere: ResponseParts = { status: 403, reason: 'Not Registered From This Address' };

/** Answers REGISTER (RFC 3261 §10.3). */
export class Registrar {
  readonly owned = new OwnedBindings();
  readonly #dependencies: RegistrarDependencies;
  /** By user name, so that CSeq numbers are compared in order and no two writes of a user name conflict. */
  readonly #queue = keyedQueue();
  readonly #refresh: (owned: Pick<Owned, 'organization' | 'binding'>) => Promise<boolean>;
  readonly #isUnregistered: (account: SipAccountItem) => Promise<boolean>;
  readonly #commit: CommitBatcher<SidecarWrite>;

  constructor(dependencies: RegistrarDependencies) {
    this.#dependencies = dependencies;
    this.#refresh = newBatcher<Pick<Owned, 'organization' | 'binding'>, boolean>(
      (refreshes) => refreshAll(dependencies.store, refreshes, this.#isAlone()),
      { max: maxBatchSize, concurrency },
    );
    this.#isUnregistered = newBatcher<SipAccountItem, boolean>(
      (accounts) => areLinesUnregistered(dependencies.store, accounts),
      {
        max: maxStates,
        concurrency,
      },
    );
    this.#commit = newCommitBatcher(dependencies.context);
  }

  /** Whether no other task has been alive lately. */
  #isAlone(): boolean {
    const { membership, context } = this.#dependencies;
    return membership.wasAloneSince(context.clock().getTime() - othersTtl);
  }

  /**
   * All bindings of a user name, expired ones too, without reading them. Undefined: another task may have some of them,
   * or a dead one has left some; or there is none, as a task that has just started is not known here for 2 s.
   */
  readonly knownBindings = (username: string): readonly BindingItem[] | undefined => {
    const { membership, context } = this.#dependencies;
    const isAlone = membership.late.length === 0 && membership.wasAloneSince(context.clock().getTime() - knownAfter);
    const bindings = isAlone ? this.owned.ofUser(username) : [];
    return bindings.length === 0 ? undefined : bindings;
  };

  /** Authenticates a REGISTER and applies it. @throws AppError UNAVAILABLE if the store is too busy */
  async register(request: SipRequest, flow: Flow): Promise<ResponseParts> {
    const { authenticate, mayRegister, sources } = this.#dependencies;
    const outcome = await authenticate(request, flow);
    if (outcome.kind !== 'authenticated') return unauthenticatedResponse(outcome);
    sources.recordSuccess(flow);
    const { account } = outcome;
    // RFC 3261 §10.3, step 4: a user may bind contacts only to its own address of record.
    const isOwn = aorOf(request.to.uri)?.user === account.sip_username;
    if (!isOwn || !(await mayRegister(account, flow))) return { status: 403 };
    return this.#bind(request, flow, account);
  }

  async #bind(request: SipRequest, flow: Flow, account: AnyAccountItem): Promise<ResponseParts> {
    const wanted = requestedContacts(request, account.sip_username);
    if (typeof wanted === 'object' && 'status' in wanted) return rejectionResponse(wanted);
    const origin = this.#originOf(request, flow, account);
    const requested = account.kind === 'line' ? contactsUntil(account.expires_at, wanted, origin.at) : wanted;
    return this.#queue(
      account.sip_username,
      async () => (await this.#tryRefresh(requested, origin, account)) ?? this.#change(requested, origin, account),
    );
  }

  /**
   * Extends a binding that this task owns, without reading the others. Undefined if the REGISTER changes more than a
   * refresh or a restart of the phone does, or if the stored binding has changed.
   */
  async #tryRefresh(
    requested: RequestedContacts,
    origin: BindingOrigin,
    { org_id: organization }: AnyAccountItem,
  ): Promise<ResponseParts | undefined> {
    const [contact, ...more] = typeof requested === 'string' ? [] : requested;
    const owned = contact === undefined ? undefined : this.owned.get(contact.key);
    if (owned === undefined || more.length > 0) return undefined;
    const before = owned.binding;
    const outcome = applyRegister([before], requested, origin);
    const binding = 'status' in outcome ? undefined : extendedBinding(outcome);
    if (binding === undefined) return undefined;
    const [done, others] = await Promise.all([
      this.#refresh({ organization, binding }),
      this.#othersOf(owned, origin.at),
    ]);
    if (!done) return undefined;
    this.owned.set({ organization, binding, others });
    return okResponse(
      [...others.bindings.filter(({ expires_at: expires }) => expires > binding.refreshed_at), binding],
      origin.at,
    );
  }

  /**
   * The other bindings of the user name. Those of other tasks are cached, as most user names have none; a task that is
   * alone reads them once.
   */
  async #othersOf({ organization, binding, others }: Owned, at: Date): Promise<NonNullable<Owned['others']>> {
    const { membership } = this.#dependencies;
    const readAt = at.getTime();
    const isOther = ({ contact_key: key }: BindingItem): boolean => key !== binding.contact_key;
    if (others === undefined || (readAt - others.readAt >= othersTtl && !membership.wasAloneSince(others.readAt))) {
      const stored = await this.#storedBindings(organization, binding.sip_username);
      return { readAt, bindings: stored.filter(isOther) };
    }
    const ours = this.owned.ofUser(binding.sip_username).filter(isOther);
    return { ...others, bindings: [...others.bindings.filter(({ owner }) => owner !== membership.id), ...ours] };
  }

  async #change(requested: RequestedContacts, origin: BindingOrigin, account: AnyAccountItem): Promise<ResponseParts> {
    const { context } = this.#dependencies;
    const { org_id: organization } = account;
    let outcome: Decision = { status: 500, reason: 'Not decided' };
    let isFirst =
      account.kind !== 'line' &&
      typeof requested === 'object' &&
      requested.every(({ seconds }) => seconds > 0) &&
      (await this.#isUnregistered(account));
    await context
      .transact(
        organization,
        async () => {
          const stored = isFirst ? [] : await this.#storedBindings(organization, origin.sip_username);
          outcome = applyRegister(stored, requested, origin);
          if ('status' in outcome) return [];
          const line = {
            was: stored.some(({ expires_at: expires }) => expires > origin.at.toISOString()),
            is: outcome.present.length > 0,
            isFirst,
          };
          // If the line has bindings after all, the transaction fails, and the next attempt reads them.
          isFirst = false;
          return outcome.put.length + outcome.removed.length === 0
            ? []
            : registrationWrites(outcome, line, {
                record: context.recorderOf(organization),
                at: origin.at.toISOString(),
              });
        },
        (_organization, writes) => this.#commit({ organization, writes, key: origin.device_id ?? origin.sip_username }),
      )
      .catch((error: unknown) => {
        // The account is cached: it may have been deleted.
        if (!isAccountDeleted(error)) throw error;
        outcome = { status: 403, reason: 'Forbidden' };
      });
    return this.#applyDecision(outcome, organization, origin);
  }

  #applyDecision(outcome: Decision, organization: number, origin: BindingOrigin): ResponseParts {
    if ('status' in outcome) return rejectionResponse(outcome);
    for (const { contact_key: key } of outcome.removed) this.owned.delete(key);
    for (const { binding } of outcome.put)
      this.owned.set({
        organization,
        binding,
        others: { readAt: origin.at.getTime(), bindings: outcome.present.filter((other) => other !== binding) },
      });
    return okResponse(outcome.present, origin.at);
  }

  /** Bindings of this task need no look-up. Those of others are read, as one may have been made just now. */
  readonly locate: LocateAccount = async (account, address) => {
    const { org_id: organization, sip_username: username } = account;
    if (isEverywhere(account)) return 'here';
    const now = this.#dependencies.context.clock().toISOString();
    const isLive = ({ expires_at: expires }: BindingItem): boolean => expires > now;
    const isHere = ({ flow }: BindingItem): boolean => isSameAddress(flow.remote.address, address);
    if (this.owned.ofUser(username).filter(isLive).some(isHere)) return 'here';
    const live = (await this.#storedBindings(organization, username)).filter(isLive);
    if (live.some(isHere)) return 'here';
    return live.length > 0 ? 'elsewhere' : 'nowhere';
  };

  /** Removes expired bindings of this task, unless another task has refreshed them. */
  async expire(): Promise<void> {
    const { context } = this.#dependencies;
    for (const { organization, binding } of this.owned.findExpired(context.clock())) {
      this.owned.delete(binding.contact_key);
      await this.remove(organization, binding);
    }
  }

  /** Forgets bindings that another task has taken over, or whose device was deleted. */
  async reconcile(): Promise<void> {
    const { context, membership } = this.#dependencies;
    const stored = await readToEnd((after) =>
      context.tableOf(0).queryIndex(bindingRow, 'GSI2', bindingsOfOwner(membership.id), after),
    );
    const keys = new Set(stored.map(({ contact_key: key }) => key));
    for (const { organization, binding } of [...this.owned.all()].filter(
      (owned) => !keys.has(owned.binding.contact_key),
    )) {
      // The index is eventually consistent.
      const present = await context.tableOf(organization).get(bindingRow, binding);
      if (present?.owner !== membership.id) this.owned.delete(binding.contact_key);
    }
  }

  /** Removes an expired binding, unless it has changed. */
  async remove(organization: number, binding: BindingItem): Promise<void> {
    const { context } = this.#dependencies;
    const at = context.clock().toISOString();
    const stored = await this.#storedBindings(organization, binding.sip_username);
    const isLast = !stored.some(
      ({ contact_key: key, expires_at: expires }) => key !== binding.contact_key && expires > at,
    );
    await context.tryCommit(
      organization,
      expiryWrites(binding, isLast, { record: context.recorderOf(organization), at }),
    );
  }

  async #storedBindings(organization: number, sipUsername: string): Promise<BindingItem[]> {
    const table = this.#dependencies.context.tableOf(organization);
    return withRefreshes(
      table,
      await readToEnd((after) =>
        table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username: sipUsername }, after),
      ),
    );
  }

  #originOf(request: SipRequest, flow: Flow, account: AnyAccountItem): BindingOrigin {
    const { context, membership } = this.#dependencies;
    const agent = request.headers.one(header.userAgent);
    return {
      sip_username: account.sip_username,
      ...holderOf(account),
      flow,
      owner: membership.id,
      owner_address: membership.address,
      call_id: request.callId,
      cseq: request.cseq.sequence,
      user_agent: agent === undefined || agent instanceof Fault ? null : agent.slice(0, maxUserAgent),
      at: context.clock(),
    };
  }
}
