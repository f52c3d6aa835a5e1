import type { Sms, SmsStatus } from '../../schema/sms.ts';
import { platformRow, row } from '../row.ts';

/** The GSI1 partition of the messages to a number, after the entity. */
export const smsTo = (organization: number, number: string): readonly string[] => [String(organization), 'to', number];
/** The GSI2 partition of the messages in a state, after the entity. */
export const smsIn = (organization: number, status: SmsStatus): readonly string[] => [
  String(organization),
  'state',
  status,
];

/** `sms#1001` by time; GSI1: by recipient; GSI2: by state. */
export const smsRow = row<'sms', Sms, { readonly id: string }>('sms', {
  records: 'sms',
  afterClosing: 'messages are kept',
  unsharded: 'at most 600 recipients a minute; ids are ordered by time',
  sort: ({ id }) => id,
  index1: ({ id, to }, organization) => ({ partition: smsTo(organization, to), sort: id }),
  index2: ({ id, status }, organization) => ({ partition: smsIn(organization, status), sort: id }),
});

type ProviderKey = { readonly provider: string; readonly provider_message_id: string };

/** The message that a provider knows by an id of its own. Stored with the state `sent`. */
export type ProviderMessage = ProviderKey & {
  readonly organization: number;
  readonly id: string;
  readonly ttl: number;
};

/** `provider-message#<provider>#<id>`: its receipts name no organization. */
export const providerMessageRow = platformRow<'provider-message', ProviderMessage, ProviderKey, ProviderKey>(
  'provider-message',
  {
    partition: ({ provider, provider_message_id: id }) => [provider, id],
    sort: () => 'message',
    expires: ({ ttl }) => ttl,
  },
);
