import type { BindingItem } from '../../telephony/rows/binding.ts';
import { second } from '#schema/time.ts';
import type { NotifyCommand } from '#sidecar/command.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import type { ContactRequest } from '../registrar/contact-requests.ts';

/** The binding to notify: the newest registration that has not expired, of the line if one is given. */
export const newestLiveBinding = (
  bindings: readonly BindingItem[],
  line: number | undefined,
  at: Date,
): BindingItem | undefined =>
  bindings
    .filter((binding) => binding.expires_at > at.toISOString() && (line === undefined || binding.line_number === line))
    .toSorted((one, other) => (one.registered_at > other.registered_at ? -1 : 1))[0];

/** An unsolicited NOTIFY, without a subscription (RFC 3265 §3.2), which phones accept for remote control. */
export const notifyRequest = ({
  event,
  content_type,
  body,
  timeout_seconds: seconds,
}: NotifyCommand): ContactRequest => ({
  method: 'NOTIFY',
  fields: [
    Field.of(textHeader('Event'), event),
    Field.of(header.subscriptionState, { value: 'terminated', parameters: Parameters.none }),
    ...(content_type === undefined ? [] : [Field.of(textHeader('Content-Type'), content_type)]),
  ],
  ...(body === undefined ? {} : { body }),
  timeout: seconds * second,
});
