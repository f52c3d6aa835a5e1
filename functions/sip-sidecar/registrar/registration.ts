import { second } from '#schema/time.ts';
import type { BindingFlow, BindingItem, PresentBinding } from '../../telephony/rows/binding.ts';
import { maxContacts, type Rejection, type RequestedContact, type RequestedContacts } from './contacts.ts';

/** The fields that all bindings of a REGISTER share: account, owner, flow, Call-ID and CSeq. */
export type BindingOrigin = {
  readonly sip_username: string;
  /** Device and line of the account, or what a phone line has in their place. */
  readonly device_id?: string;
  readonly line_number?: number;
  readonly event_callback?: string;
  readonly owner: string;
  readonly owner_address: string;
  readonly flow: BindingFlow;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string | null;
  /** When the REGISTER was received. */
  readonly at: Date;
};

/** The changes of a REGISTER. */
export type Outcome = {
  /** New bindings, each with the stored one that it replaces. */
  readonly put: readonly { readonly binding: BindingItem; readonly before: PresentBinding | undefined }[];
  readonly removed: readonly BindingItem[];
  /** All bindings after the change: the contacts of the response. */
  readonly present: readonly BindingItem[];
};

const isLive = ({ expires_at: expires }: BindingItem, at: Date): boolean => expires > at.toISOString();

/** RFC 3261 §10.3, step 7: with the same Call-ID, only a higher CSeq number changes a binding. */
const isOutOfOrder = (binding: BindingItem, { call_id, cseq }: BindingOrigin): boolean =>
  binding.call_id === call_id && cseq <= binding.cseq;

/**
 * Applies a REGISTER to the stored bindings of its user name (RFC 3261 §10.3, steps 6 to 8). Either all its contacts
 * are applied or none.
 */
export function applyRegister(
  stored: readonly PresentBinding[],
  requested: RequestedContacts,
  origin: BindingOrigin,
): Outcome | Rejection {
  const live = stored.filter((binding) => isLive(binding, origin.at));
  if (requested === 'none') return { put: [], removed: [], present: live };
  const affected =
    requested === 'remove all'
      ? live
      : live.filter(({ contact_key: key }) => requested.some((each) => each.key === key));
  if (affected.some((binding) => isOutOfOrder(binding, origin))) return { status: 500, reason: 'CSeq out of order' };
  if (requested === 'remove all') return { put: [], removed: live, present: [] };
  const kept = live.filter((binding) => !affected.includes(binding));
  const put = requested
    .filter(({ seconds }) => seconds > 0)
    .map((each) => {
      const before = stored.find(({ contact_key: key }) => key === each.key);
      return {
        before,
        binding: bindingOf(each, before !== undefined && isLive(before, origin.at) ? before : undefined, origin),
      };
    });
  // A further contact replaces the oldest.
  const surplus = oldestOf(kept, kept.length + put.length - maxContacts);
  const removed = [
    ...affected.filter(({ contact_key: key }) => !put.some(({ binding }) => binding.contact_key === key)),
    ...surplus,
  ];
  return {
    put,
    removed,
    present: [...kept.filter((binding) => !surplus.includes(binding)), ...put.map(({ binding }) => binding)],
  };
}

const oldestOf = (bindings: readonly BindingItem[], count: number): readonly BindingItem[] =>
  bindings.toSorted((one, other) => (one.refreshed_at < other.refreshed_at ? -1 : 1)).slice(0, Math.max(0, count));

/** A REGISTER with another Call-ID begins a new registration, as the phone has restarted (RFC 3261 §10.2.4). */
function bindingOf(
  { key, uri, seconds, ...contact }: RequestedContact,
  before: BindingItem | undefined,
  { at, ...origin }: BindingOrigin,
): BindingItem {
  const now = at.toISOString();
  return {
    ...origin,
    ...contact,
    contact_key: key,
    contact: uri,
    registered_at: before?.call_id === origin.call_id ? before.registered_at : now,
    refreshed_at: now,
    expires_at: new Date(at.getTime() + seconds * second).toISOString(),
  };
}

const isSameFlow = (one: BindingFlow, other: BindingFlow): boolean =>
  one.transport === other.transport &&
  one.remote.address === other.remote.address &&
  one.remote.port === other.remote.port &&
  one.connection === other.connection;

/** Whether a REGISTER only extends existing bindings, so that nothing but times, CSeq and Call-ID change. */
const isExtension = ({ put, removed }: Outcome): boolean =>
  removed.length === 0 &&
  put.length > 0 &&
  put.every(
    ({ before, binding }) =>
      before !== undefined &&
      before.owner === binding.owner &&
      before.contact === binding.contact &&
      before.user_agent === binding.user_agent &&
      before.q === binding.q &&
      before.instance === binding.instance &&
      isSameFlow(before.flow, binding.flow),
  );

/**
 * The binding after a REGISTER of one contact that continues its registration (a refresh), or begins a new one without
 * any other change (a restart of the phone). Undefined if more changes, so that the item must be written again.
 */
export function extendedBinding(outcome: Outcome): PresentBinding | undefined {
  const [only, ...more] = outcome.put;
  if (only?.before === undefined || more.length > 0 || !isExtension(outcome)) return undefined;
  const { binding, before } = only;
  const { registered_at, cseq, written } = before;
  const isRefresh = registered_at === binding.registered_at;
  if (isRefresh && written === undefined) return binding;
  return { ...binding, written: written ?? { registered_at, cseq } };
}
