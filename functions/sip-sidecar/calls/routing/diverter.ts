import { Fault } from '#sip/fault.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import type { Headers } from '#sip/headers.ts';
import type { Address } from '#sip/address.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';

/** Whether an entry of Diversion is for no one to see (RFC 5806 §4.1). */
export const isPrivateDiversion = ({ parameters }: Address): boolean =>
  !['off', undefined].includes(parameters.get('privacy')?.toLowerCase());

/** Whether an entry of History-Info is for no one to see (RFC 7044 §10.1.1): its URI has the header Privacy. */
export const isPrivateEntry = ({ uri }: Address): boolean => isSipUri(uri) && /(^|&)privacy=/i.test(uri.headers ?? '');

/** The values of Privacy (RFC 3323 §4.2), in lower case. Some proxies add a line of their own, or a comma. */
export const privacyIn = (headers: Headers): readonly string[] =>
  headers.fields(textHeader('Privacy')).flatMap(({ value }) => value.toLowerCase().split(/[\s;,]+/));

/** Whether the whole History-Info is for no one to see (RFC 7044 §7.3). */
export const isHistoryPrivate = (headers: Headers): boolean =>
  privacyIn(headers).some((each) => each === 'history' || each === 'header' || each === 'session');

/**
 * Who forwarded a call last, as its INVITE says: Diversion (RFC 5806), whose first entry is the newest, else
 * History-Info. @returns undefined: no one, or it is withheld
 */
export function divertingUri(headers: Headers): Uri | undefined {
  const diversion = headers.first(header.diversion);
  if (diversion === undefined) return divertingEntry(headers)?.uri;
  return diversion instanceof Fault || isPrivateDiversion(diversion) ? undefined : diversion.uri;
}

/** The entry from which the newest one with a cause (RFC 4458, RFC 7544 §7.2) was made. */
function divertingEntry(headers: Headers): Address | undefined {
  const entries = headers.all(header.historyInfo);
  if (entries instanceof Fault || isHistoryPrivate(headers)) return undefined;
  const diverted = entries.findLastIndex(({ uri }) => isSipUri(uri) && uri.parameters.has('cause'));
  const { parameters } = entries[diverted] ?? {};
  const origin = parameters?.get('mp') ?? parameters?.get('rc');
  const named = entries.find((entry) => origin !== undefined && entry.parameters.get('index') === origin);
  const diverting = named ?? entries[diverted - 1];
  return diverting === undefined || isPrivateEntry(diverting) ? undefined : diverting;
}
