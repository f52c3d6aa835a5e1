import type { Address } from '#sip/address.ts';
import { textHeader } from '#sip/header-kinds.ts';
import type { Headers } from '#sip/headers.ts';
import { isSipUri, type Uri } from '#sip/uri.ts';
import { attestations, verstats, type Attestation, type CallerIdentity } from '#telephony/caller-identity.ts';

/**
 * What a peer claims of its caller without a signature: the parameter `verstat` (3GPP TS 24.229 §7.2A.20), and the
 * headers of carriers beside it.
 */

const attestationHeaders = ['P-Attestation-Indicator', 'Attestation-Info'].map(textHeader);
const originHeaders = ['P-Origination-ID', 'Origination-Id'].map(textHeader);

/** Some write the attestation behind the value: `TN-Validation-Passed-A`. */
const verstatForm = /^"?(.+?)(?:-([ABC]))?"?$/i;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The `verstat` of a URI: a parameter of the number (RFC 3966), or of the URI; undefined: it has none. */
function verstatIn(uri: Uri): string | undefined {
  if (!isSipUri(uri)) return uri.scheme === 'tel' ? uri.parameters.get('verstat') : undefined;
  const ofNumber = /;verstat=([^;]*)/i.exec(uri.user ?? '')?.[1];
  return ofNumber ?? uri.parameters.get('verstat');
}

const valueOf = (headers: Headers, kinds: readonly ReturnType<typeof textHeader>[]): string | undefined =>
  kinds.flatMap((kind) => headers.fields(kind).map(({ value }) => value.trim().replaceAll('"', '')))[0];

const attestationNamed = (text = ''): Attestation | undefined =>
  attestations.find((each) => each === text.toUpperCase());

/**
 * What a peer claims; undefined: nothing that can be read.
 * @param named the caller as the peer names it. Another header says nothing of it
 */
export function claimedIdentity(headers: Headers, { uri }: Pick<Address, 'uri'>): CallerIdentity | undefined {
  const [, written, behind] = verstatForm.exec(verstatIn(uri) ?? '') ?? [];
  const verstat = verstats.find((each) => each.toLowerCase() === written?.toLowerCase());
  const attestation = attestationNamed(valueOf(headers, attestationHeaders) ?? behind);
  const origid = valueOf(headers, originHeaders);
  if (verstat === undefined && attestation === undefined) return undefined;
  return {
    verstat: verstat ?? 'No-TN-Validation',
    ...(attestation !== undefined && { attestation }),
    ...(origid !== undefined && uuid.test(origid) && { origid: origid.toLowerCase() }),
  };
}
