import type { BindingFlow, BindingItem } from '../../telephony/rows/binding.ts';
import type { Rejection, WantedContact, Wanted } from './contacts.ts';

/** What every binding that a REGISTER makes has from it. */
export type Registering = {
  readonly sip_username: string;
  readonly device_id: string;
  readonly line_number: number;
  readonly owner: string;
  readonly owner_address: string;
  readonly flow: BindingFlow;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string | null;
  readonly at: Date;
};

/** What a REGISTER changes. */
export type Outcome = {
  /** To be put, each with the binding that it takes the place of. */
  readonly put: readonly { readonly binding: BindingItem; readonly before: BindingItem | undefined }[];
  readonly removed: readonly BindingItem[];
  /** All that there are afterwards: the answer's contacts. */
  readonly present: readonly BindingItem[];
};

/** Contacts of one user name; the oldest goes when a further one comes. */
const maxContacts = 10;

const isLive = ({ expires_at: expires }: BindingItem, at: Date): boolean => expires > at.toISOString();

/** RFC 3261 §10.3, step 7: of one Call-ID only a higher CSeq counts. */
const isOutOfOrder = (binding: BindingItem, { call_id, cseq }: Registering): boolean =>
  binding.call_id === call_id && cseq <= binding.cseq;

/**
 * What a REGISTER makes of the stored bindings of its user name (RFC 3261 §10.3, steps 6 to 8). All of it is done
 * or nothing.
 */
export function registered(stored: readonly BindingItem[], wanted: Wanted, by: Registering): Outcome | Rejection {
  const live = stored.filter((binding) => isLive(binding, by.at));
  if (wanted === 'none') return { put: [], removed: [], present: live };
  const touched =
    wanted === 'remove all' ? live : live.filter(({ contact_key: key }) => wanted.some((each) => each.key === key));
  if (touched.some((binding) => isOutOfOrder(binding, by))) return { status: 500, reason: 'CSeq out of order' };
  if (wanted === 'remove all') return { put: [], removed: live, present: [] };
  const kept = live.filter((binding) => !touched.includes(binding));
  const put = wanted
    .filter(({ seconds }) => seconds > 0)
    .map((each) => {
      const before = stored.find(({ contact_key: key }) => key === each.key);
      return {
        before,
        binding: bindingOf(each, before !== undefined && isLive(before, by.at) ? before : undefined, by),
      };
    });
  const surplus = oldest(kept, kept.length + put.length - maxContacts);
  const removed = [
    ...touched.filter(({ contact_key: key }) => !put.some(({ binding }) => binding.contact_key === key)),
    ...surplus,
  ];
  return {
    put,
    removed,
    present: [...kept.filter((binding) => !surplus.includes(binding)), ...put.map(({ binding }) => binding)],
  };
}

const oldest = (bindings: readonly BindingItem[], count: number): readonly BindingItem[] =>
  bindings.toSorted((one, other) => (one.refreshed_at < other.refreshed_at ? -1 : 1)).slice(0, Math.max(0, count));

/** A REGISTER with another Call-ID begins a new registration: its phone was started anew (§10.2.4). */
function bindingOf(
  { key, uri, seconds, q }: WantedContact,
  before: BindingItem | undefined,
  { at, ...by }: Registering,
): BindingItem {
  const now = at.toISOString();
  return {
    ...by,
    contact_key: key,
    contact: uri,
    q,
    registered_at: before?.call_id === by.call_id ? before.registered_at : now,
    refreshed_at: now,
    expires_at: new Date(at.getTime() + seconds * 1_000).toISOString(),
  };
}

const sameFlow = (one: BindingFlow, other: BindingFlow): boolean =>
  one.transport === other.transport &&
  one.remote.address === other.remote.address &&
  one.remote.port === other.remote.port &&
  one.connection === other.connection;

/** Whether a REGISTER only went on with what there was, so that nothing but times and counts differ. */
export const isRefresh = ({ put, removed }: Outcome): boolean =>
  removed.length === 0 &&
  put.length > 0 &&
  put.every(
    ({ before, binding }) =>
      before !== undefined &&
      before.registered_at === binding.registered_at &&
      before.owner === binding.owner &&
      before.contact === binding.contact &&
      before.user_agent === binding.user_agent &&
      before.q === binding.q &&
      sameFlow(before.flow, binding.flow),
  );
