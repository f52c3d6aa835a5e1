import { platformRow } from '../../../shared/dynamodb/row.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { sipUsernameKey, type BindingItem } from './binding.ts';

/**
 * The newest REGISTER that only went on with a binding: one small item of its own, which stands in no index, so that it
 * may be put in batches and costs one write unit. Only the task that it names writes it. It counts for the registration
 * that it was read beside; what is left of one that is over vanishes.
 */
export type BindingRefreshItem = Pick<
  BindingItem,
  'sip_username' | 'contact_key' | 'owner' | 'registered_at' | 'refreshed_at' | 'expires_at' | 'cseq'
>;

export type BindingRefreshKey = Pick<BindingItem, 'sip_username' | 'contact_key' | 'owner'>;

/** Seconds for which it is kept beyond the binding's end. */
const keptBeyond = 24 * 3_600;

/** `binding-refresh#<user name>`: user names are of the whole platform. */
export const bindingRefreshRow = platformRow<
  'binding-refresh',
  BindingRefreshItem,
  BindingRefreshKey,
  Pick<BindingItem, 'sip_username'>
>('binding-refresh', {
  partition: ({ sip_username }) => [sipUsernameKey(sip_username)],
  sort: ({ contact_key, owner }) => `${contact_key}#${owner}`,
  expires: ({ expires_at }) => Math.floor(Date.parse(expires_at) / 1_000) + keptBeyond,
});

/** The refresh as it is stored. */
export const refreshOf = ({
  sip_username,
  contact_key,
  owner,
  registered_at,
  refreshed_at,
  expires_at,
  cseq,
}: BindingItem): BindingRefreshItem => ({
  sip_username,
  contact_key,
  owner,
  registered_at,
  refreshed_at,
  expires_at,
  cseq,
});

/** A binding as of its newest REGISTER. */
function refreshed(binding: BindingItem, refresh: BindingRefreshItem | undefined): BindingItem {
  const counts =
    refresh !== undefined &&
    refresh.owner === binding.owner &&
    refresh.registered_at === binding.registered_at &&
    refresh.cseq > binding.cseq;
  return counts
    ? { ...binding, refreshed_at: refresh.refreshed_at, expires_at: refresh.expires_at, cseq: refresh.cseq }
    : binding;
}

/** Bindings as of their newest REGISTER: whoever reads when one expires or was refreshed reads it by this. */
export async function withRefreshes(
  table: Pick<Table<'binding-refresh'>, 'getAll'>,
  bindings: readonly BindingItem[],
): Promise<BindingItem[]> {
  const refreshes = await table.getAll<'binding-refresh', BindingRefreshItem, BindingRefreshKey>(
    bindingRefreshRow,
    bindings,
  );
  return bindings.map((binding, at) => refreshed(binding, refreshes[at]));
}
