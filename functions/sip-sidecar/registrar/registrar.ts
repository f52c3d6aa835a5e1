import type { Store } from '../../../shared/dynamodb/client.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { maxAtOnce } from '../../../shared/dynamodb/put-each.ts';
import { bindingRow, bindingsOfOwner, type BindingItem } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import type { SipAccountItem } from '../../telephony/rows/sip-account.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { ResponseParts } from '../../../shared/sip/build.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import { Fault } from '../../../shared/sip/fault.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import { parseUri } from '../../../shared/sip/uri.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { remembering } from '../remembering.ts';
import { oneByOne, together } from '../together.ts';
import type { Flow } from '../transport/flow.ts';
import type { Authenticate } from './authentication.ts';
import { commitsTogether } from './committing.ts';
import { aorOf, bindingLife, wantedOf, type Wanted } from './contacts.ts';
import { OwnedBindings, type Owned } from './owned-bindings.ts';
import { isRefresh, registered, type Outcome, type Registering } from './registration.ts';
import { areUnregistered, expiryWrites, isGone, refreshAll, registrationWrites } from './store.ts';

/** What the registrar tells of a source. */
export type SourceReport = { readonly proven: (address: string) => void; readonly failed: (address: string) => void };

export type RegistrarDependencies = {
  readonly context: SidecarContext;
  readonly store: Store;
  readonly membership: Pick<Membership, 'id' | 'address'>;
  readonly authenticate: Authenticate;
  readonly sources: SourceReport;
  /** A registered contact uses the flow. */
  readonly keep: (flow: Flow) => void;
};

/** Characters of a User-Agent that are kept. */
const longestUserAgent = 128;

/**
 * Milliseconds for which the other bindings of a user name are known, for the answers to those who refresh their own.
 */
const othersLife = 40_000;

/**
 * For how long it is known whether an organization is closed (its devices are removed within minutes in any case), and
 * whether a user may use softphones.
 */
const permissionMemory = { life: 5_000, most: 10_000 } as const;

/**
 * Batches of refreshes, and of states that are read, that are under way at the same time: 200 refreshes, so that a
 * store which takes 130 ms keeps up with 1,500 a second.
 */
const batches = 8;

type User = { readonly organization: number; readonly id: string };

/** What came of a REGISTER, or why nothing did. */
type Settled = Outcome | { readonly status: number; readonly reason: string };

/** Answers REGISTER (RFC 3261 §10.3). */
export class Registrar {
  readonly owned = new OwnedBindings();
  readonly #dependencies: RegistrarDependencies;
  readonly #isClosed: (organization: number) => Promise<boolean>;
  readonly #mayUseSoftphones: (user: User) => Promise<boolean>;
  /** Its CSeqs are judged in the order in which they came, and no two writes are under way for one user name. */
  readonly #inTurn = oneByOne();
  readonly #refresh: (owned: Pick<Owned, 'organization' | 'binding'>) => Promise<boolean>;
  readonly #isUnregistered: (account: SipAccountItem) => Promise<boolean>;
  readonly #commit: ReturnType<typeof commitsTogether>;

  constructor(dependencies: RegistrarDependencies) {
    const { tableOf, clock } = dependencies.context;
    this.#dependencies = dependencies;
    this.#refresh = together<Pick<Owned, 'organization' | 'binding'>, boolean>(
      (refreshes) => refreshAll(dependencies.store, refreshes),
      { most: maxAtOnce, atOnce: batches },
    );
    this.#isUnregistered = together<SipAccountItem, boolean>(
      (accounts) => areUnregistered(dependencies.store, accounts),
      {
        most: 100,
        atOnce: batches,
      },
    );
    this.#commit = commitsTogether(dependencies.context);
    const now = (): number => clock().getTime();
    this.#isClosed = remembering(
      async (organization: number) => (await tableOf(organization).get(organizationRow, {}))?.status === 'closed',
      permissionMemory,
      now,
    );
    this.#mayUseSoftphones = remembering(
      async ({ organization, id }: User) =>
        (await tableOf(organization).get(userRow, { id }))?.access.softphone === true,
      permissionMemory,
      now,
      ({ organization, id }) => `${organization} ${id}`,
    );
  }

  async register(request: SipRequest, flow: Flow): Promise<ResponseParts> {
    const { authenticate, sources } = this.#dependencies;
    const judgement = await authenticate(request);
    if (judgement.kind === 'challenged') return { status: 401, headers: judgement.headers };
    if (judgement.kind === 'refused') {
      if (judgement.status === 403) sources.failed(flow.remote.address);
      return { status: judgement.status, reason: judgement.reason };
    }
    sources.proven(flow.remote.address);
    // §10.3, step 4: everybody binds contacts for oneself.
    if (aorOf(request.to.uri)?.user !== judgement.account.sip_username || !(await this.#mayRegister(judgement.account)))
      return { status: 403 };
    return this.#bind(request, flow, judgement.account);
  }

  async #mayRegister({ org_id: organization, kind, user_id: user }: SipAccountItem): Promise<boolean> {
    if (await this.#isClosed(organization)) return false;
    return kind !== 'softphone' || user === null || this.#mayUseSoftphones({ organization, id: user });
  }

  async #bind(request: SipRequest, flow: Flow, account: SipAccountItem): Promise<ResponseParts> {
    const wanted = wantedOf(request, account.sip_username);
    if (typeof wanted === 'object' && 'status' in wanted) return rejection(wanted);
    const by = this.#registering(request, flow, account);
    return this.#inTurn(
      account.sip_username,
      async () => (await this.#refreshed(wanted, by, account)) ?? this.#change(wanted, by, account),
    );
  }

  /** What this task wrote last and nobody touched since is written on without being decided anew. */
  async #refreshed(
    wanted: Wanted,
    by: Registering,
    { org_id: organization }: SipAccountItem,
  ): Promise<ResponseParts | undefined> {
    const [contact, ...more] = typeof wanted === 'string' ? [] : wanted;
    const owned = contact === undefined ? undefined : this.owned.get(contact.key);
    if (owned === undefined || more.length > 0) return undefined;
    const before = owned.binding;
    const outcome = registered([before], wanted, by);
    if ('status' in outcome || !isRefresh(outcome)) return undefined;
    const binding = outcome.put[0]?.binding ?? before;
    const [done, others] = await Promise.all([this.#refresh({ organization, binding }), this.#othersOf(owned, by.at)]);
    if (!done) return undefined;
    this.owned.keep({ organization, binding, others });
    return accepted(
      [...others.bindings.filter(({ expires_at: expires }) => expires > binding.refreshed_at), binding],
      by.at,
    );
  }

  /** The other bindings of the user name: most have none, and each of their REGISTERs would ask for it. */
  async #othersOf({ organization, binding, others }: Owned, at: Date): Promise<NonNullable<Owned['others']>> {
    const readAt = at.getTime();
    if (others !== undefined && readAt - others.readAt < othersLife) return others;
    const stored = await this.#stored(organization, binding.sip_username);
    return { readAt, bindings: stored.filter(({ contact_key: key }) => key !== binding.contact_key) };
  }

  async #change(wanted: Wanted, by: Registering, account: SipAccountItem): Promise<ResponseParts> {
    const { context } = this.#dependencies;
    const { org_id: organization } = account;
    let outcome: Settled = { status: 500, reason: 'Not decided' };
    let isFirst =
      typeof wanted === 'object' && wanted.every(({ seconds }) => seconds > 0) && (await this.#isUnregistered(account));
    await context
      .transact(
        organization,
        async () => {
          const stored = isFirst ? [] : await this.#stored(organization, by.sip_username);
          outcome = registered(stored, wanted, by);
          if ('status' in outcome) return [];
          const line = {
            was: stored.some(({ expires_at: expires }) => expires > by.at.toISOString()),
            is: outcome.present.length > 0,
            isFirst,
          };
          // Where there are bindings after all, this fails, and they are read.
          isFirst = false;
          return outcome.put.length + outcome.removed.length === 0
            ? []
            : registrationWrites(outcome, line, { record: context.recorderOf(organization), at: by.at.toISOString() });
        },
        (_, writes) => this.#commit({ organization, writes, device: by.device_id }),
      )
      .catch((error: unknown) => {
        // Credentials are remembered for a while: their device may have gone.
        if (!isGone(error)) throw error;
        outcome = { status: 403, reason: 'Forbidden' };
      });
    return this.#settled(outcome, organization, by);
  }

  #settled(outcome: Settled, organization: number, by: Registering): ResponseParts {
    if ('status' in outcome) return rejection(outcome);
    for (const { contact_key: key } of outcome.removed) this.owned.forget(key);
    for (const { binding } of outcome.put)
      this.owned.keep({
        organization,
        binding,
        others: { readAt: by.at.getTime(), bindings: outcome.present.filter((other) => other !== binding) },
      });
    if (outcome.put.length > 0) this.#dependencies.keep(by.flow as Flow);
    return accepted(outcome.present, by.at);
  }

  /** Takes what has expired out of the store: those of this task that nobody has refreshed elsewhere. */
  async expire(): Promise<void> {
    const { context } = this.#dependencies;
    for (const { organization, binding } of this.owned.expired(context.clock())) {
      this.owned.forget(binding.contact_key);
      await this.remove(organization, binding);
    }
  }

  /** Forgets what is this task's no more: another task heard from the phone since, or its device was deleted. */
  async reconcile(): Promise<void> {
    const { context, membership } = this.#dependencies;
    const stored = await all((after) =>
      context.tableOf(0).queryIndex(bindingRow, 'GSI2', bindingsOfOwner(membership.id), after),
    );
    const keys = new Set(stored.map(({ contact_key: key }) => key));
    for (const { organization, binding } of [...this.owned.all()].filter(
      (owned) => !keys.has(owned.binding.contact_key),
    )) {
      // The index may not show yet what is there.
      const present = await context.tableOf(organization).get(bindingRow, binding);
      if (present?.owner !== membership.id) this.owned.forget(binding.contact_key);
    }
  }

  /** Removes a binding whose time is over, if it still is as it was seen. */
  async remove(organization: number, binding: BindingItem): Promise<void> {
    const { context } = this.#dependencies;
    const at = context.clock().toISOString();
    const stored = await this.#stored(organization, binding.sip_username);
    const isLast = !stored.some(
      ({ contact_key: key, expires_at: expires }) => key !== binding.contact_key && expires > at,
    );
    await context.tryCommit(
      organization,
      expiryWrites(binding, isLast, { record: context.recorderOf(organization), at }),
    );
  }

  async #stored(organization: number, sipUsername: string): Promise<BindingItem[]> {
    const table = this.#dependencies.context.tableOf(organization);
    return withRefreshes(
      table,
      await all((after) =>
        table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username: sipUsername }, after),
      ),
    );
  }

  #registering(request: SipRequest, flow: Flow, { sip_username, device_id, line_number }: SipAccountItem): Registering {
    const { context, membership } = this.#dependencies;
    const agent = request.headers.one(header.userAgent);
    return {
      sip_username,
      device_id,
      line_number,
      flow,
      owner: membership.id,
      owner_address: membership.address,
      call_id: request.callId,
      cseq: request.cseq.sequence,
      user_agent: agent === undefined || agent instanceof Fault ? null : agent.slice(0, longestUserAgent),
      at: context.clock(),
    };
  }
}

const rejection = ({ status, reason }: { readonly status: number; readonly reason: string }): ResponseParts => ({
  status,
  reason,
  ...(status === 423 ? { headers: Headers.none.append(header.minExpires, bindingLife.least) } : {}),
});

/** §10.3, step 8: all bindings that there are now, each with the seconds that are left of it. */
function accepted(present: readonly BindingItem[], at: Date): ResponseParts {
  const headers = present.reduce((all_, { contact, expires_at: expires }) => {
    const uri = parseUri(contact);
    if (uri instanceof Fault) return all_;
    const seconds = Math.max(0, Math.round((Date.parse(expires) - at.getTime()) / 1_000));
    return all_.append(header.contact, {
      display: undefined,
      uri,
      parameters: new Parameters([['expires', String(seconds)]]),
    });
  }, Headers.none);
  return { status: 200, headers };
}
