import { platformRow } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { day, second } from '#schema/time.ts';
import { sipUsernameKey, type BindingItem, type PresentBinding } from './binding.ts';

/**
 * The newest REGISTER that refreshed a binding: one small item in no index, so that it can be written in batches and
 * costs one write unit. Only its owner writes it. It counts for the registration with the same `registered_at`;
 * refreshes of earlier registrations expire.
 */
export type BindingRefreshItem = Pick<
  BindingItem,
  'sip_username' | 'contact_key' | 'owner' | 'registered_at' | 'refreshed_at' | 'expires_at' | 'cseq'
> & {
  /** The registration that replaced the one of the binding, as the phone restarted without any other change. */
  readonly restart?: Pick<BindingItem, 'registered_at' | 'call_id'>;
};

export type BindingRefreshKey = Pick<BindingItem, 'sip_username' | 'contact_key' | 'owner'>;

/** Milliseconds for which it is kept after the binding expires. */
const retention = day;

/**
 * `binding-refresh#<user name>`: user names are unique on the platform. Its own item, written in batches, as most
 * registrations are refreshes.
 */
export const bindingRefreshRow = platformRow<
  'binding-refresh',
  BindingRefreshItem,
  BindingRefreshKey,
  Pick<BindingItem, 'sip_username'>
>('binding-refresh', {
  partition: ({ sip_username }) => [sipUsernameKey(sip_username)],
  sort: ({ contact_key, owner }) => `${contact_key}#${owner}`,
  expires: ({ expires_at }) => Math.floor((Date.parse(expires_at) + retention) / second),
});

/** The refresh of a binding as stored. */
export const refreshOf = ({
  sip_username,
  contact_key,
  owner,
  registered_at,
  refreshed_at,
  expires_at,
  cseq,
  call_id,
  written,
}: PresentBinding): BindingRefreshItem => ({
  sip_username,
  contact_key,
  owner,
  refreshed_at,
  expires_at,
  cseq,
  ...(written === undefined
    ? { registered_at }
    : { registered_at: written.registered_at, restart: { registered_at, call_id } }),
});

/** The binding after its refresh, if that belongs to it and is newer. */
function applyRefresh(binding: BindingItem, refresh: BindingRefreshItem | undefined): PresentBinding {
  if (refresh?.owner !== binding.owner || refresh.registered_at !== binding.registered_at) return binding;
  const { refreshed_at, expires_at, cseq, restart } = refresh;
  const after = { ...binding, refreshed_at, expires_at, cseq };
  if (restart === undefined) return cseq > binding.cseq ? after : binding;
  const { registered_at } = binding;
  return refreshed_at < binding.refreshed_at
    ? binding
    : { ...after, ...restart, written: { registered_at, cseq: binding.cseq } };
}

/** Bindings after their refreshes. Expiry and refresh time must be read by this. */
export async function withRefreshes(
  table: Pick<Table<'binding-refresh'>, 'getAll'>,
  bindings: readonly BindingItem[],
): Promise<PresentBinding[]> {
  const refreshes = await table.getAll<'binding-refresh', BindingRefreshItem, BindingRefreshKey>(
    bindingRefreshRow,
    bindings,
  );
  return bindings.map((binding, at) => applyRefresh(binding, refreshes[at]));
}
